#include "names.h"

#include "CSimdjson.h"

#include <new>

extern "C" {

mjt_names *mjt_names_create(const uint8_t *text, const uint32_t *lengths, uint32_t count) {
    if (count >= UINT16_MAX) return nullptr;
    auto table = new (std::nothrow) mjt_names;
    if (!table) return nullptr;
    uint32_t size = 16;
    while (size < count * 4) size *= 2;
    table->mask = size - 1;
    table->slots.assign(size, 0);
    table->names.reserve(count);
    for (uint32_t i = 0; i < count; i++) {
        std::string name(reinterpret_cast<const char *>(text), lengths[i]);
        text += lengths[i];
        std::string padded = name + std::string(8, '\0');
        uint64_t slot = mjt_names::hash(reinterpret_cast<const uint8_t *>(padded.data()), name.size());
        while (table->slots[slot & table->mask] != 0) slot++;
        table->slots[slot & table->mask] = static_cast<uint16_t>(i + 1);
        table->names.push_back(std::move(name));
    }
    return table;
}

void mjt_names_destroy(mjt_names *names) { delete names; }

uint16_t mjt_names_find(const mjt_names *names, const uint8_t *name, size_t length) { return names->find(name, length); }

}  // extern "C"
