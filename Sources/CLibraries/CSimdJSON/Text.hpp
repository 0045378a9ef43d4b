#pragma once

#include <optional>
#include <string_view>

#include "CSimdJSON.h"
#include "Number.hpp"

namespace fleet {

/// What the escapes in a JSON string amount to (RFC 8259 §7).
enum class Escapes { none, valid, lone_surrogate, broken };

/// The code unit of `\uXXXX` at the start of `text`; -1 when it is none.
inline int code_unit(std::string_view text) {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') { return -1; }
    int unit = 0;
    for (const char digit : text.substr(2, 4)) {
        const char lower = char(digit | 0x20);
        if (!is_digit(digit) && !(lower >= 'a' && lower <= 'f')) { return -1; }
        unit = unit * 16 + (is_digit(digit) ? digit - '0' : lower - 'a' + 10);
    }
    return unit;
}

inline Escapes escapes(std::string_view text) {
    // Most strings are too short for a call to be worth while.
    size_t at = 0;
    while (at < text.size() && text[at] != '\\') { ++at; }
    if (at == text.size()) { return Escapes::none; }
    Escapes found = Escapes::valid;
    for (; at != std::string_view::npos; at = text.find('\\', at)) {
        const std::string_view rest = text.substr(at);
        if (rest.size() < 2) { return Escapes::broken; }
        if (rest[1] != 'u') {
            constexpr std::string_view known = "\"\\/bfnrt";
            if (known.find(rest[1]) == known.npos) { return Escapes::broken; }
            at += 2;
            continue;
        }
        const int unit = code_unit(rest);
        if (unit < 0) { return Escapes::broken; }
        const int next = unit >= 0xd800 && unit < 0xdc00 ? code_unit(rest.substr(6)) : -1;
        const bool paired = next >= 0xdc00 && next < 0xe000;
        if (unit >= 0xd800 && unit < 0xe000 && !paired) { found = Escapes::lone_surrogate; }
        at += paired ? 12 : 6;
    }
    return found;
}

/// Whether UTF-8 has control characters: those of ASCII, DEL, or U+0080 to U+009F.
inline bool has_control_characters(std::string_view text) {
    for (size_t at = 0; at < text.size(); ++at) {
        const uint8_t byte = uint8_t(text[at]);
        if (byte < 0x20 || byte == 0x7f) { return true; }
        if (byte == 0xc2 && at + 1 < text.size() && uint8_t(text[at + 1]) < 0xa0) { return true; }
    }
    return false;
}

struct Fault { FleetStatus status; size_t place; };

/// What counting brackets tells of a text that is known not to be JSON.
inline std::optional<Fault> fault(std::string_view text) {
    bool in_string = false;
    int64_t depth = 0;
    for (size_t at = 0; at < text.size(); ++at) {
        const char byte = text[at];
        if (in_string) {
            if (uint8_t(byte) < 0x20) { return Fault{FleetStatusNotJSON, at}; }
            if (byte == '\\') { ++at; }
            in_string = byte != '"';
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '[' || byte == '{') {
            ++depth;
        } else if (byte == ']' || byte == '}') {
            if (--depth > 0) { continue; }
            while (++at < text.size()) {
                if (!is_space(text[at])) { return Fault{FleetStatusNotJSON, at}; }
            }
        }
    }
    if (in_string || depth > 0) { return Fault{FleetStatusTruncated, text.size()}; }
    return std::nullopt;
}

}  // namespace fleet
