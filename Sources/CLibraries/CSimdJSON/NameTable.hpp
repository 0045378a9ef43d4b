#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace fleet {

/// SipHash-1-3 (Aumasson, Bernstein 2012): without the seed nobody can choose names that collide.
inline uint64_t sip_hash(std::string_view text, uint64_t seed0, uint64_t seed1) {
    uint64_t v0 = seed0 ^ 0x736f6d6570736575, v1 = seed1 ^ 0x646f72616e646f6d;
    uint64_t v2 = seed0 ^ 0x6c7967656e657261, v3 = seed1 ^ 0x7465646279746573;
    const auto turned = [](uint64_t word, int bits) { return word << bits | word >> (64 - bits); };
    const auto round = [&] {
        v0 += v1, v1 = turned(v1, 13) ^ v0, v0 = turned(v0, 32);
        v2 += v3, v3 = turned(v3, 16) ^ v2;
        v0 += v3, v3 = turned(v3, 21) ^ v0;
        v2 += v1, v1 = turned(v1, 17) ^ v2, v2 = turned(v2, 32);
    };
    const auto mix = [&](uint64_t word) {
        v3 ^= word;
        round();
        v0 ^= word;
    };
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        mix(word);
    }
    uint64_t last = uint64_t(text.size()) << 56;
    for (int shift = 0; at < text.size(); ++at, shift += 8) { last |= uint64_t(uint8_t(text[at])) << shift; }
    mix(last);
    v2 ^= 0xff;
    round(), round(), round();
    return v0 ^ v1 ^ v2 ^ v3;
}

/// The names of the machines that were taken, in one piece of memory, each once.
class NameTable {
public:
    std::vector<uint8_t> bytes;
    std::vector<ptrdiff_t> ends;

    NameTable(uint64_t seed0, uint64_t seed1) : seed0(seed0), seed1(seed1) {}

    /// Whether `name` was new, and is now the last of the names.
    bool add(std::string_view name) {
        if ((ends.size() + 1) * 2 > places.size()) { grow(); }
        const uint64_t hash = sip_hash(name, seed0, seed1);
        const size_t mask = places.size() - 1;
        size_t at = hash & mask;
        for (; places[at].row_plus_one != 0; at = (at + 1) & mask) {
            const bool may_be_same = places[at].tag == uint32_t(hash >> 32);
            if (may_be_same && (*this)[places[at].row_plus_one - 1] == name) { return false; }
        }
        bytes.insert(bytes.end(), name.begin(), name.end());
        ends.push_back(ptrdiff_t(bytes.size()));
        places[at] = {uint32_t(ends.size()), uint32_t(hash >> 32)};
        return true;
    }

private:
    struct Place { uint32_t row_plus_one = 0, tag = 0; };

    uint64_t seed0, seed1;
    /// Open addressing with linear probing; the size is a power of two.
    std::vector<Place> places;

    std::string_view operator[](size_t row) const {
        const size_t start = row == 0 ? 0 : size_t(ends[row - 1]);
        return {reinterpret_cast<const char *>(bytes.data()) + start, size_t(ends[row]) - start};
    }

    void grow() {
        places.assign(places.empty() ? 64 : places.size() * 2, Place());
        const size_t mask = places.size() - 1;
        for (size_t row = 0; row < ends.size(); ++row) {
            const uint64_t hash = sip_hash((*this)[row], seed0, seed1);
            size_t at = hash & mask;
            while (places[at].row_plus_one != 0) { at = (at + 1) & mask; }
            places[at] = {uint32_t(row + 1), uint32_t(hash >> 32)};
        }
    }
};

}  // namespace fleet
