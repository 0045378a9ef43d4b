#include "Pass.hpp"

#include <limits>

namespace fleet {

namespace {

constexpr int max_depth = 100;
constexpr size_t max_name_size = 255, max_refusals = 20;

/// A key as it stands in the document, which takes the time to unescape it only when there is a need.
class Key {
public:
    /// `next` is where the value starts that the key belongs to.
    Key(ondemand::field &field, const char *next) {
        const char *const first = field.key().raw();
        while (*--next != '"') {}
        raw = {first, size_t(next - first)};
        kind = escapes(raw);
        if (kind == Escapes::broken) { throw Stop{FleetStatusNotJSON, first - 1}; }
        if (kind == Escapes::valid) { raw = checked(field.unescaped_key()); }
    }

    bool operator==(string_view other) const { return kind != Escapes::lone_surrogate && raw == other; }

private:
    string_view raw;
    Escapes kind;
};

}  // namespace

Fault Pass::read(string_view text) {
    document = text;
    try {
        read_root();
        return {status, steps_found};
    } catch (const Stop &stop) {
        status = stop.status;
        at = stop.at;
    } catch (const simdjson::simdjson_error &error) {
        switch (error.error()) {
        case simdjson::EMPTY: status = FleetStatusEmpty; break;
        case simdjson::UTF8_ERROR: status = FleetStatusInvalidUTF8; break;
        case simdjson::CAPACITY:
        case simdjson::MEMALLOC: status = FleetStatusTooLarge; break;
        default: status = FleetStatusNotJSON;
        }
    }
    const size_t place = at ? size_t(at - text.data()) : 0;
    if (status != FleetStatusNotJSON) { return {status, place}; }
    const std::optional<Fault> counted = fault(text);
    return counted && (!at || counted->status == FleetStatusTruncated) ? *counted : Fault{status, place};
}

void Pass::read_root() {
    ondemand::parser parser;
    const size_t readable = document.size() + simdjson::SIMDJSON_PADDING;
    cursor = checked(parser.iterate(document.data(), document.size(), readable));
    Unread unread(cursor);
    if (unread.type == json_type::array || unread.type == json_type::object) {
        find(unread, 0, 0);
        const bool is_at_end = cursor.current_location().error() == simdjson::OUT_OF_BOUNDS;
        if (!is_at_end) { throw Stop{FleetStatusNotJSON, at}; }
        return;
    }
    const string_view raw = unread.raw();
    if (unread.type != json_type::string) {
        check_word(unread.type, raw);
    } else if (escapes(raw) == Escapes::broken) {
        throw Stop{FleetStatusNotJSON, raw.data()};
    }
    if (raw != trimmed(document)) { throw Stop{FleetStatusNotJSON, raw.data() + raw.size()}; }
    if (pointer.empty()) { status = FleetStatusNotRecords; }
}

void Pass::met(const Unread &unread, int depth) {
    at = unread.start;
    if (depth > max_depth) { throw Stop{FleetStatusTooDeep, at}; }
}

template <class Visit> void Pass::each_member(ondemand::object object, int depth, Visit visit) {
    for (auto result : object) {
        ondemand::field field;
        if (const auto error = std::move(result).get(field)) { throw simdjson::simdjson_error(error); }
        at = field.key().raw() - 1;
        Unread value(field.value());
        met(value, depth + 1);
        const Key key(field, value.start);
        visit(key, value);
    }
}

template <class Visit> void Pass::each_element(ondemand::array array, int depth, Visit visit) {
    for (auto result : array) {
        Unread element(checked(std::move(result)));
        met(element, depth + 1);
        visit(element);
    }
}

void Pass::find(Unread &found, size_t step, int depth) {
    steps_found = std::max(steps_found, step);
    if (step == pointer.size()) { return take_records(found, depth); }
    bool is_found = false;
    const auto follow = [&](Unread &next, bool is_next) {
        if (!is_next) { consume(next, depth + 1); return; }
        if (is_found) { consume(next, depth + 1); status = FleetStatusPointerTwice; return; }
        is_found = true;
        find(next, step + 1, depth + 1);
    };
    if (found.type == json_type::object) {
        each_member(found.object(), depth, [&](const Key &key, Unread &value) {
            follow(value, key == pointer[step]);
        });
    } else if (found.type == json_type::array) {
        size_t place = 0;
        each_element(found.array(), depth, [&](Unread &element) {
            follow(element, std::to_string(place++) == pointer[step]);
        });
    } else {
        consume(found, depth);
    }
}

void Pass::take_records(Unread &found, int depth) {
    status = FleetStatusDecoded;
    if (found.type == json_type::array) {
        each_element(found.array(), depth, [&](Unread &element) {
            take_record(element, depth + 1);
            ++index;
        });
    } else if (found.type == json_type::object) {
        take_record(found, depth);
        const bool is_bare = is_refused && !has_name && present == 0;
        const FleetReason reason = is_bare ? refusals[0].reason : FleetReasonNotAnObject;
        if (reason == FleetReasonMachineMissing || reason == FleetReasonNoMetric) {
            status = FleetStatusNotARecord;
        }
    } else {
        consume(found, depth);
        status = FleetStatusNotRecords;
    }
}

void Pass::take_record(Unread &found, int depth) {
    present = 0;
    is_refused = has_name = false;
    values.resize(values.size() + columns, std::numeric_limits<double>::quiet_NaN());
    if (found.type == json_type::object) {
        take_fields(found.object(), root, depth);
    } else {
        refuse(FleetReasonNotAnObject, 0, consume(found, depth).raw);
    }
    finish_record();
}

void Pass::take_fields(ondemand::object object, Node &node, int depth) {
    each_member(object, depth, [&](const Key &key, Unread &value) {
        for (Node &child : node.children) {
            if (key == child.key) { return take(value, child, depth + 1); }
        }
        consume(value, depth + 1);
    });
}

void Pass::take(Unread &found, Node &node, int depth) {
    const bool is_second = node.seen_in == index + 1;
    node.seen_in = index + 1;
    if (found.type == json_type::object && !node.children.empty() && !is_second) {
        return take_fields(found.object(), node, depth);
    }
    const Value value = consume(found, depth);
    if (is_second) { return refuse(FleetReasonFieldTwice, node.first_field(), value.raw); }
    if (value.type == json_type::null) { return; }
    if (node.fields.empty()) { return refuse(FleetReasonParentIsNotAnObject, node.first_field(), value.raw); }
    for (const size_t field : node.fields) {
        if (field == 0) { take_name(value); } else { take_number(value, field); }
    }
}

void Pass::take_name(const Value &value) {
    const bool is_integer = value.type == json_type::number && Number(value.raw).integer;
    const string_view text = is_integer ? value.raw : value.text;
    has_name = true;
    raw_name = value.raw;
    if (!is_integer && (value.type != json_type::string || value.has_lone_surrogate)) {
        return refuse(FleetReasonMachineIsNotText, 0, value.raw);
    }
    if (text.empty()) { return refuse(FleetReasonMachineEmpty, 0, value.raw); }
    if (text.size() > max_name_size) { return refuse(FleetReasonMachineTooLong, 0, value.raw); }
    if (has_control_characters(text)) { return refuse(FleetReasonMachineHasControlCharacters, 0, value.raw); }
    name = text;
}

void Pass::take_number(const Value &value, size_t field) {
    string_view text = value.type == json_type::string ? trimmed(value.text) : value.raw;
    const bool is_percentage = value.type == json_type::string && !text.empty() && text.back() == '%';
    if (is_percentage) { text = trimmed(text.substr(0, text.size() - 1)); }
    const Number number(text);
    if (!number.valid) { return refuse(FleetReasonNotANumber, field, value.raw); }
    const double size = number.value();
    if (std::isinf(size)) { return refuse(FleetReasonNumberTooLarge, field, value.raw); }
    if (is_percentage && size < 0) { return refuse(FleetReasonNegativePercentage, field, value.raw); }
    values[values.size() - columns + field - 1] = size;
    ++present;
}

void Pass::finish_record() {
    if (!has_name) {
        if (machine.empty()) { refuse(FleetReasonMachineMissing, 0); }
        name = machine;
        raw_name = {};
    }
    if (present == 0 && columns > 0) { refuse(FleetReasonNoMetric, 0); }
    if (!is_refused && !names.add(name)) { refuse(FleetReasonMachineTwice, 0, raw_name); }
    if (!is_refused) { return; }
    values.resize(values.size() - columns);
    if (has_name && refusals.back().index == index) {
        refusals.back().machine_start = start_of(raw_name);
        refusals.back().machine_size = raw_name.size();
    }
}

void Pass::refuse(FleetReason reason, size_t field, string_view raw) {
    if (is_refused) { return; }
    is_refused = true;
    ++refused;
    if (refusals.size() == max_refusals) { return; }
    refusals.push_back({index, field, reason, start_of(raw), raw.size(), 0, 0});
}

size_t Pass::start_of(string_view raw) const { return raw.empty() ? 0 : size_t(raw.data() - document.data()); }

Value Pass::consume(Unread &unread, int depth) {
    switch (unread.type) {
    case json_type::string: return consume_string(unread);
    case json_type::object:
        each_member(unread.object(), depth, [&](const Key &, Unread &value) { consume(value, depth + 1); });
        return {unread.type, since(unread.start), {}};
    case json_type::array:
        each_element(unread.array(), depth, [&](Unread &element) { consume(element, depth + 1); });
        return {unread.type, since(unread.start), {}};
    default:
        check_word(unread.type, unread.raw());
        return {unread.type, unread.raw(), {}};
    }
}

Value Pass::consume_string(Unread &unread) {
    const string_view raw = unread.raw();
    if (raw.size() < 2 || raw.back() != '"') { throw Stop{FleetStatusNotJSON, raw.data()}; }
    const string_view inside = raw.substr(1, raw.size() - 2);
    const Escapes kind = escapes(inside);
    if (kind == Escapes::broken) { throw Stop{FleetStatusNotJSON, raw.data()}; }
    if (kind == Escapes::valid) { return {json_type::string, raw, unread.unescaped()}; }
    unread.move_past();
    return {json_type::string, raw, inside, kind == Escapes::lone_surrogate};
}

void Pass::check_word(json_type type, string_view raw) {
    const bool is_valid = type == json_type::number ? Number(raw).valid
        : type == json_type::null ? raw == "null" : raw == "true" || raw == "false";
    if (!is_valid) { throw Stop{FleetStatusNotJSON, raw.data()}; }
}

string_view Pass::since(const char *start) {
    const auto next = cursor.current_location();
    const char *const end = next.error() ? document.data() + document.size() : next.value_unsafe();
    return trimmed({start, size_t(end - start)});
}

}  // namespace fleet
