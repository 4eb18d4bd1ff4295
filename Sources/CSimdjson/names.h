// A fixed set of names and the number of each, found by a hash of length, first and last bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

struct mjt_names {
    std::vector<std::string> names;
    std::vector<uint16_t> slots;
    uint32_t mask = 0;

    static uint64_t load(const uint8_t *p) {
        uint64_t word;
        std::memcpy(&word, p, 8);
        return word;
    }

    // Reads 8 bytes whatever the length: the caller's buffer is padded.
    static uint64_t hash(const uint8_t *name, size_t length) {
        uint64_t first = load(name);
        if (length < 8) first &= (uint64_t{1} << (8 * length)) - 1;
        uint64_t last = length > 8 ? load(name + length - 8) : 0;
        uint64_t mixed = (first ^ (length * 0x9E3779B97F4A7C15ull)) * 0xBF58476D1CE4E5B9ull + last;
        mixed ^= mixed >> 32;
        mixed *= 0x94D049BB133111EBull;
        return mixed ^ (mixed >> 29);
    }

    uint16_t find(const uint8_t *name, size_t length) const {
        for (uint64_t slot = hash(name, length);; slot++) {
            uint16_t number = slots[slot & mask];
            if (number == 0) return 0;
            const std::string &known = names[number - 1];
            if (known.size() == length && std::memcmp(known.data(), name, length) == 0) return number;
        }
    }
};
