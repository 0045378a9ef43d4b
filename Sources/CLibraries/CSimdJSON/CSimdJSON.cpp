#include "CSimdJSON.h"

#include <algorithm>
#include <new>

#include "Pass.hpp"

struct FleetReader {
    uint64_t seed0, seed1;
    std::vector<std::string> pointer;
    fleet::Node fields;
    size_t field_count = 0;
    std::string machine;
    std::optional<fleet::Pass> pass;
    FleetDecoded decoded = {};

    FleetDecoded decode(const char *document, size_t size) {
        // RFC 8259 §8.1 lets a reader pass over a byte order mark.
        const size_t mark = std::string_view(document, size).substr(0, 3) == "\xef\xbb\xbf" ? 3 : 0;
        const std::string_view text(document + mark, size - mark);
        fleet::Fault outcome;
        try {
            pass.emplace(pointer, fields, field_count, machine, seed0, seed1);
            outcome = pass->read(text);
        } catch (const std::bad_alloc &) {
            outcome = {FleetStatusTooLarge, 0};
        }
        if (outcome.status != FleetStatusDecoded) {
            pass.reset();
            const bool is_byte = outcome.status != FleetStatusPointerNotFound;
            return {.status = outcome.status, .place = outcome.place + (is_byte ? mark : 0)};
        }
        for (FleetRefusal &refusal : pass->refusals) {
            refusal.value_start += mark;
            refusal.machine_start += mark;
        }
        return {
            .status = FleetStatusDecoded,
            .machines = pass->names.ends.size(),
            .names = pass->names.bytes.data(),
            .names_size = pass->names.bytes.size(),
            .name_ends = pass->names.ends.data(),
            .values = pass->values.data(),
            .values_count = pass->values.size(),
            .refusals = pass->refusals.data(),
            .refusals_count = pass->refusals.size(),
            .refused = pass->refused,
        };
    }
};

FleetReader *fleet_reader_create(uint64_t seed0, uint64_t seed1) { return new FleetReader{seed0, seed1}; }

void fleet_reader_destroy(FleetReader *reader) { delete reader; }

void fleet_reader_add_pointer_step(FleetReader *reader, const uint8_t *step, size_t size) {
    reader->pointer.emplace_back(reinterpret_cast<const char *>(step), size);
}

void fleet_reader_add_field(FleetReader *reader, const uint8_t *path, size_t size) {
    std::string_view rest(reinterpret_cast<const char *>(path), size);
    fleet::Node *node = &reader->fields;
    while (true) {
        const std::string_view key = rest.substr(0, rest.find('.'));
        auto &children = node->children;
        const auto is_key = [&](const fleet::Node &child) { return child.key == key; };
        auto child = std::find_if(children.begin(), children.end(), is_key);
        if (child == children.end()) { child = children.insert(child, fleet::Node{std::string(key)}); }
        node = &*child;
        if (key.size() == rest.size()) { break; }
        rest.remove_prefix(key.size() + 1);
    }
    node->fields.push_back(reader->field_count++);
}

void fleet_reader_set_machine(FleetReader *reader, const uint8_t *name, size_t size) {
    reader->machine.assign(reinterpret_cast<const char *>(name), size);
}

const FleetDecoded *fleet_reader_decode(FleetReader *reader, const uint8_t *document, size_t size) {
    reader->decoded = reader->decode(reinterpret_cast<const char *>(document), size);
    return &reader->decoded;
}
