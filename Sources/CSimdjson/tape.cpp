#include "CSimdjson.h"

#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "names.h"

using simdjson::internal::dom_parser_implementation;

namespace {

constexpr size_t padding = 64;

struct Frame {
    uint32_t node;
    bool object;
};

bool is_space(uint8_t c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

// Whether a scalar may end before `p`.
bool ends_scalar(const uint8_t *p, const uint8_t *source_end) {
    return p >= source_end || *p == ',' || *p == '}' || *p == ']' || *p == ':' || is_space(*p);
}

// The end of the number that starts at `p`, or nullptr. The source is padded with zeros.
const uint8_t *number_end(const uint8_t *p, const uint8_t *source_end) {
    if (*p == '-') p++;
    if (*p == '0') {
        p++;
    } else {
        if (!is_digit(*p)) return nullptr;
        while (is_digit(*p)) p++;
    }
    if (*p == '.') {
        p++;
        if (!is_digit(*p)) return nullptr;
        while (is_digit(*p)) p++;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-') p++;
        if (!is_digit(*p)) return nullptr;
        while (is_digit(*p)) p++;
    }
    return ends_scalar(p, source_end) ? p : nullptr;
}

// The offset of the first byte that is not UTF-8, for error messages only.
size_t invalid_utf8_offset(const uint8_t *s, size_t length) {
    size_t i = 0;
    while (i < length) {
        uint8_t c = s[i];
        size_t more = c < 0x80 ? 0 : (c & 0xE0) == 0xC0 ? 1 : (c & 0xF0) == 0xE0 ? 2 : (c & 0xF8) == 0xF0 ? 3 : 4;
        if (more == 4 || i + more >= length + (more == 0)) return i;
        for (size_t k = 1; k <= more; k++) {
            if ((s[i + k] & 0xC0) != 0x80) return i;
        }
        if ((c >= 0xC0 && c < 0xC2) || (c == 0xE0 && s[i + 1] < 0xA0) || (c == 0xED && s[i + 1] > 0x9F) ||
            (c == 0xF0 && s[i + 1] < 0x90) || (c == 0xF4 && s[i + 1] > 0x8F) || c > 0xF4) {
            return i;
        }
        i += more + 1;
    }
    return length;
}

// The offset of the first control character inside a string, for error messages only.
size_t control_character_offset(const uint8_t *s, size_t length) {
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        if (in_string && s[i] == '\\') {
            i++;
        } else if (s[i] == '"') {
            in_string = !in_string;
        } else if (in_string && s[i] < 0x20) {
            return i;
        }
    }
    return length;
}

}  // namespace

struct mjt_parser {
    std::unique_ptr<dom_parser_implementation> simd;
    size_t simd_capacity = 0;
    uint8_t *buffer = nullptr;
    size_t capacity = 0;
    size_t used = 0;
    mjt_node *nodes = nullptr;
    size_t node_capacity = 0;
    Frame *frames = nullptr;
    uint32_t depth_max = 0;
    size_t bytes_max = 0;
    mjt_tape tape = {};

    ~mjt_parser() {
        std::free(buffer);
        std::free(nodes);
        std::free(frames);
    }

    bool reserve_bytes(size_t size) {
        if (size <= capacity) return true;
        size_t larger = size + size / 2;
        auto moved = static_cast<uint8_t *>(std::realloc(buffer, larger));
        if (!moved) return false;
        buffer = moved;
        capacity = larger;
        tape.bytes = buffer;
        return true;
    }

    bool reserve_nodes(size_t count) {
        if (count <= node_capacity) return true;
        size_t larger = count + count / 2;
        auto moved = static_cast<mjt_node *>(std::realloc(nodes, larger * sizeof(mjt_node)));
        if (!moved) return false;
        nodes = moved;
        node_capacity = larger;
        tape.nodes = nodes;
        return true;
    }

    int prepare(const uint8_t *source, size_t length);
    int first_stage(size_t length, size_t *error_offset);
    int second_stage(const mjt_names *names, size_t length, size_t *error_offset);
    int read_string(mjt_node &node, uint32_t start, uint32_t limit, size_t *error_offset);
};

int mjt_parser::prepare(const uint8_t *source, size_t length) {
    tape.node_count = 0;
    tape.source_length = static_cast<uint32_t>(length);
    if (length > bytes_max) return MJT_TOO_LARGE;
    if (!reserve_bytes(length + padding)) return MJT_NO_MEMORY;
    std::memcpy(buffer, source, length);
    std::memset(buffer + length, 0, padding);
    used = length + padding;
    if (!simd || simd_capacity < length) {
        size_t size = length < 4096 ? 4096 : length + length / 2;
        simd.reset();
        auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(size, 1, simd);
        if (error) return MJT_NO_MEMORY;
        simd_capacity = size;
    }
    return MJT_OK;
}

int mjt_parser::first_stage(size_t length, size_t *error_offset) {
    switch (simd->stage1(buffer, length, simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS:
        return MJT_OK;
    case simdjson::EMPTY:
        return MJT_EMPTY;
    case simdjson::UTF8_ERROR:
        *error_offset = invalid_utf8_offset(buffer, length);
        return MJT_UTF8;
    case simdjson::UNESCAPED_CHARS:
        *error_offset = control_character_offset(buffer, length);
        return MJT_CONTROL_CHARACTER;
    case simdjson::UNCLOSED_STRING:
        *error_offset = length;
        return MJT_UNCLOSED_STRING;
    default:
        return MJT_NO_MEMORY;
    }
}

// Reads the string whose opening quote is at `start`; nothing but white space may stand between its end and `limit`.
int mjt_parser::read_string(mjt_node &node, uint32_t start, uint32_t limit, size_t *error_offset) {
    uint32_t end = limit - 1;
    while (end > start && is_space(buffer[end])) end--;
    if (end == start || buffer[end] != '"') {
        *error_offset = end;
        return MJT_UNEXPECTED;
    }
    uint32_t first = start + 1;
    uint32_t length = end - first;
    node.offset = first;
    node.length = length;
    node.moved = 0;
    if (!std::memchr(buffer + first, '\\', length)) return MJT_OK;
    if (!reserve_bytes(used + length + padding)) return MJT_NO_MEMORY;
    uint8_t *target = buffer + used;
    uint8_t *stop = simd->parse_string(buffer + first, target);
    if (!stop) {
        *error_offset = first;
        return MJT_BAD_ESCAPE;
    }
    node.offset = static_cast<uint32_t>(used);
    node.length = static_cast<uint32_t>(stop - target);
    node.moved = 1;
    used += node.length;
    return MJT_OK;
}

int mjt_parser::second_stage(const mjt_names *names, size_t length, size_t *error_offset) {
    const uint32_t *places = simd->structural_indexes.get();
    const uint32_t place_count = simd->n_structural_indexes;
    const uint32_t source_end = static_cast<uint32_t>(length);
    if (!reserve_nodes(place_count + 1)) return MJT_NO_MEMORY;

    uint32_t at = 0;
    uint32_t count = 0;
    uint32_t depth = 0;
    uint32_t place = 0;

    auto place_after = [&](uint32_t index) { return index < place_count ? places[index] : source_end; };
    auto literal = [&](const char *text, uint32_t size) {
        return std::memcmp(buffer + place, text, size) == 0 &&
               ends_scalar(buffer + place + size, buffer + source_end);
    };
    auto fail = [&](int code) {
        *error_offset = place;
        return code;
    };

read_value:
    if (at >= place_count) {
        *error_offset = source_end;
        return MJT_TRUNCATED;
    }
    place = places[at++];
    {
        mjt_node &node = nodes[count];
        node.offset = place;
        node.name = 0;
        node.moved = 0;
        switch (buffer[place]) {
        case '{':
        case '[': {
            bool object = buffer[place] == '{';
            if (depth >= depth_max) return fail(MJT_TOO_DEEP);
            node.kind = object ? MJT_OBJECT : MJT_ARRAY;
            frames[depth++] = {count++, object};
            if (at < place_count && buffer[places[at]] == (object ? '}' : ']')) goto close;
            if (object) goto read_key;
            goto read_value;
        }
        case '"': {
            node.kind = MJT_STRING;
            int code = read_string(node, place, place_after(at), error_offset);
            if (code) return code;
            break;
        }
        case 't':
            if (!literal("true", 4)) return fail(MJT_BAD_LITERAL);
            node.kind = MJT_TRUE;
            node.length = 4;
            break;
        case 'f':
            if (!literal("false", 5)) return fail(MJT_BAD_LITERAL);
            node.kind = MJT_FALSE;
            node.length = 5;
            break;
        case 'n':
            if (!literal("null", 4)) return fail(MJT_BAD_LITERAL);
            node.kind = MJT_NULL;
            node.length = 4;
            break;
        case '-':
        case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9': {
            const uint8_t *end = number_end(buffer + place, buffer + source_end);
            if (!end || end > buffer + source_end) return fail(MJT_BAD_NUMBER);
            node.kind = MJT_NUMBER;
            node.length = static_cast<uint32_t>(end - (buffer + place));
            break;
        }
        default:
            return fail(MJT_UNEXPECTED);
        }
        nodes[count].next = count + 1;
        count++;
    }

after_value:
    if (depth == 0) {
        if (at < place_count) {
            place = places[at];
            return fail(MJT_TRAILING);
        }
        tape.node_count = count;
        return MJT_OK;
    }
    if (at >= place_count) {
        *error_offset = source_end;
        return MJT_TRUNCATED;
    }
    place = places[at];
    if (buffer[place] == ',') {
        at++;
        if (frames[depth - 1].object) goto read_key;
        goto read_value;
    }
    if (buffer[place] != (frames[depth - 1].object ? '}' : ']')) return fail(MJT_UNEXPECTED);

close:
    place = places[at++];
    {
        mjt_node &node = nodes[frames[--depth].node];
        node.length = place + 1 - node.offset;
        node.next = count;
    }
    goto after_value;

read_key:
    if (at >= place_count) {
        *error_offset = source_end;
        return MJT_TRUNCATED;
    }
    place = places[at++];
    if (buffer[place] != '"') return fail(MJT_UNEXPECTED);
    {
        mjt_node &node = nodes[count];
        node.kind = MJT_KEY;
        int code = read_string(node, place, place_after(at), error_offset);
        if (code) return code;
        node.name = names ? names->find(buffer + node.offset, node.length) : 0;
        node.next = count + 1;
        count++;
        if (at >= place_count) {
            *error_offset = source_end;
            return MJT_TRUNCATED;
        }
        place = places[at++];
        if (buffer[place] != ':') return fail(MJT_UNEXPECTED);
    }
    goto read_value;
}

extern "C" {

mjt_parser *mjt_parser_create(uint32_t depth_max, size_t bytes_max) {
    auto parser = new (std::nothrow) mjt_parser;
    if (!parser) return nullptr;
    parser->depth_max = depth_max;
    parser->bytes_max = bytes_max < (size_t{1} << 30) ? bytes_max : (size_t{1} << 30);
    parser->frames = static_cast<Frame *>(std::malloc(sizeof(Frame) * (depth_max + 1)));
    if (!parser->frames) {
        delete parser;
        return nullptr;
    }
    return parser;
}

void mjt_parser_destroy(mjt_parser *parser) { delete parser; }

const mjt_tape *mjt_parser_tape(const mjt_parser *parser) { return &parser->tape; }

int mjt_parse(mjt_parser *parser, const mjt_names *names, const uint8_t *source, size_t length, size_t *error_offset) {
    *error_offset = 0;
    int code = parser->prepare(source, length);
    if (code == MJT_OK) code = length == 0 ? MJT_EMPTY : parser->first_stage(length, error_offset);
    if (code == MJT_OK) code = parser->second_stage(names, length, error_offset);
    return code;
}

int mjt_replace_string(mjt_parser *parser, uint32_t node, const uint8_t *text, size_t length) {
    if (node >= parser->tape.node_count || parser->nodes[node].kind != MJT_STRING) return MJT_UNEXPECTED;
    if (parser->used + length + padding > UINT32_MAX) return MJT_NO_MEMORY;
    if (!parser->reserve_bytes(parser->used + length + padding)) return MJT_NO_MEMORY;
    std::memcpy(parser->buffer + parser->used, text, length);
    parser->nodes[node].offset = static_cast<uint32_t>(parser->used);
    parser->nodes[node].length = static_cast<uint32_t>(length);
    parser->nodes[node].moved = 1;
    parser->used += length;
    return MJT_OK;
}

}  // extern "C"
