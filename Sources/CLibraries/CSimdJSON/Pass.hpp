#pragma once

#include <simdjson.h>

#include <string>

#include "NameTable.hpp"
#include "Text.hpp"

namespace fleet {

using std::string_view;
namespace ondemand = simdjson::ondemand;
using ondemand::json_type;

/// One step of the fields' paths: those that begin alike share it.
struct Node {
    std::string key;
    std::vector<Node> children;
    std::vector<size_t> fields;
    /// The last record in which it stood, counted from 1.
    size_t seen_in = 0;

    size_t first_field() const { return fields.empty() ? children.front().first_field() : fields.front(); }
};

/// What simdjson gives, or an exception, which `Pass::read` catches.
template <class Given> Given checked(simdjson::simdjson_result<Given> &&result) {
    Given given;
    if (const auto error = std::move(result).get(given)) { throw simdjson::simdjson_error(error); }
    return given;
}

/// A value that has been met and not yet read: the root, which simdjson treats apart, or any other.
class Unread {
public:
    json_type type;
    const char *start;

    explicit Unread(ondemand::document &root) : root(&root) { look(root); }
    explicit Unread(ondemand::value value) : value(value) { look(this->value); }

    ondemand::array array() { return checked(root ? root->get_array() : value.get_array()); }
    ondemand::object object() { return checked(root ? root->get_object() : value.get_object()); }
    /// The JSON text of a scalar.
    string_view raw() const { return trimmed(token); }
    string_view unescaped() { return checked(root ? root->get_string() : value.get_string()); }

    /// Moves past a string. The other scalars need not be moved past, since simdjson does it by itself; it
    /// would take a string before a colon for a key.
    void move_past() { checked(root ? root->get_raw_json_string() : value.get_raw_json_string()); }

private:
    ondemand::document *root = nullptr;
    ondemand::value value;
    string_view token;

    template <class Either> void look(Either &either) {
        token = either.raw_json_token();
        start = token.data();
        type = type_of(*start);
    }

    static json_type type_of(char first) {
        switch (first) {
        case '{': return json_type::object;
        case '[': return json_type::array;
        case '"': return json_type::string;
        case 'n': return json_type::null;
        case 't':
        case 'f': return json_type::boolean;
        default: break;
        }
        if (first != '-' && !is_digit(first)) { throw simdjson::simdjson_error(simdjson::TAPE_ERROR); }
        return json_type::number;
    }
};

/// A value that has been checked to its last byte.
struct Value {
    json_type type;
    string_view raw;
    /// What a string says, without its escapes.
    string_view text;
    bool has_lone_surrogate = false;
};

/// One pass over one document.
///
/// On-Demand leaves unchecked what it is not asked for, so every value is visited, wanted or not. Numbers
/// and escapes are checked by `Number` and `escapes`: a number that no double holds then refuses its record,
/// where simdjson would refuse the document.
class Pass {
public:
    NameTable names;
    std::vector<double> values;
    std::vector<FleetRefusal> refusals;
    size_t refused = 0;

    Pass(const std::vector<std::string> &pointer, const Node &root, size_t fields,
         const std::string &machine, uint64_t seed0, uint64_t seed1)
        : names(seed0, seed1), pointer(pointer), root(root), columns(fields - 1), machine(machine) {}

    Fault read(string_view text);

private:
    const std::vector<std::string> &pointer;
    /// A copy, since it remembers what was seen.
    Node root;
    const size_t columns;
    /// That of records which name none; empty when each must.
    const std::string &machine;

    string_view document;
    ondemand::document cursor;
    FleetStatus status = FleetStatusPointerNotFound;
    size_t steps_found = 0;
    /// The last value or key that was met.
    const char *at = nullptr;

    // The record that is being read.
    size_t index = 0, present = 0;
    bool is_refused = false, has_name = false;
    std::string name;
    string_view raw_name;

    void read_root();
    void met(const Unread &unread, int depth);
    void find(Unread &found, size_t step, int depth);
    void take_records(Unread &found, int depth);
    void take_record(Unread &found, int depth);
    void take_fields(ondemand::object object, Node &node, int depth);
    void take(Unread &found, Node &node, int depth);
    void take_name(const Value &value);
    void take_number(const Value &value, size_t field);
    void finish_record();
    void refuse(FleetReason reason, size_t field, string_view raw = {});
    size_t start_of(string_view raw) const;

    template <class Visit> void each_member(ondemand::object object, int depth, Visit visit);
    template <class Visit> void each_element(ondemand::array array, int depth, Visit visit);
    Value consume(Unread &unread, int depth);
    Value consume_string(Unread &unread);
    void check_word(json_type type, string_view raw);
    /// The JSON text from `start` to the next token.
    string_view since(const char *start);
};

/// A document that goes wrong here; `Pass::read` catches it.
struct Stop { FleetStatus status; const char *at; };

}  // namespace fleet
