#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace fleet {

inline bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

inline bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

inline std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.back())) { text.remove_suffix(1); }
    while (!text.empty() && is_space(text.front())) { text.remove_prefix(1); }
    return text;
}

/// A text that follows the number grammar of RFC 8259 §6, and no other.
struct Number {
    std::string_view text;
    bool valid = false;
    bool negative = false;
    bool integer = true;
    /// The digits without their point; exact unless there are more than 19 of them.
    uint64_t digits = 0;
    int digit_count = 0;
    /// The power of ten that `digits` is multiplied by.
    int64_t exponent = 0;

    explicit Number(std::string_view whole) : text(whole) {
        const char *at = whole.data(), *const end = at + whole.size();
        if (at != end && *at == '-') { negative = true, ++at; }
        if (at == end || !is_digit(*at)) { return; }
        if (*at == '0') { ++at; } else { at = take_digits(at, end); }
        if (at != end && *at == '.') {
            const char *const first = ++at;
            at = take_digits(at, end);
            if (at == first) { return; }
            integer = false;
            exponent = first - at;
        }
        if (at != end && (*at == 'e' || *at == 'E')) {
            if ((at = take_exponent(at + 1, end)) == nullptr) { return; }
        }
        valid = at == end;
    }

    /// The nearest double; infinite when there is none.
    double value() const {
        static constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
        if (digits == 0 && digit_count <= 19) { return 0; }
        // Both factors are exact doubles, so one operation rounds once (Clinger 1990).
        if (digit_count <= 19 && digits <= (uint64_t(1) << 53) && exponent >= -22 && exponent <= 22) {
            const double whole = double(digits);
            const double size = exponent < 0 ? whole / powers[-exponent] : whole * powers[exponent];
            return negative ? -size : size;
        }
        double parsed = 0;
        const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
        if (result.ec == std::errc()) { return parsed; }
        // Out of range says not on which side.
        return exponent + digit_count > 0 ? (negative ? -HUGE_VAL : HUGE_VAL) : 0;
    }

private:
    const char *take_digits(const char *at, const char *end) {
        for (; at != end && is_digit(*at); ++at) {
            if (digits == 0 && *at == '0') { continue; }
            digits = digits * 10 + uint64_t(*at - '0');
            ++digit_count;
        }
        return at;
    }

    const char *take_exponent(const char *at, const char *end) {
        const bool down = at != end && *at == '-';
        if (at != end && (*at == '-' || *at == '+')) { ++at; }
        if (at == end || !is_digit(*at)) { return nullptr; }
        int64_t power = 0;
        for (; at != end && is_digit(*at); ++at) {
            // Far beyond what a document's digits could make up for.
            if (power < (int64_t(1) << 40)) { power = power * 10 + (*at - '0'); }
        }
        integer = false;
        exponent += down ? -power : power;
        return at;
    }
};

}  // namespace fleet
