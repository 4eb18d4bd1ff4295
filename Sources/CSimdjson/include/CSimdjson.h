// A JSON tape with source positions, built over simdjson's structural index.
//
// simdjson finds the structural characters and checks UTF-8 (its "stage 1"); the second stage here checks the
// grammar and writes one node per value and key. Unlike simdjson's own tape, numbers keep their source text and
// every node knows its place in the source.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MJT_NULL = 0,
    MJT_FALSE = 1,
    MJT_TRUE = 2,
    MJT_NUMBER = 3,
    MJT_STRING = 4,
    MJT_ARRAY = 5,
    MJT_OBJECT = 6,
    MJT_KEY = 7
};

enum {
    MJT_OK = 0,
    MJT_EMPTY = 1,
    MJT_UTF8 = 2,
    MJT_UNCLOSED_STRING = 3,
    MJT_CONTROL_CHARACTER = 4,
    MJT_BAD_ESCAPE = 5,
    MJT_BAD_NUMBER = 6,
    MJT_BAD_LITERAL = 7,
    MJT_UNEXPECTED = 8,
    MJT_TRUNCATED = 9,
    MJT_TRAILING = 10,
    MJT_TOO_DEEP = 11,
    MJT_TOO_LARGE = 12,
    MJT_NO_MEMORY = 13
};

typedef struct {
    uint32_t offset;  // first byte of the text: after the quote for strings and keys, the bracket for containers
    uint32_t length;  // bytes of the text, unescaped for strings and keys, to the closing bracket for containers
    uint32_t next;    // index of the node after this one and all inside it
    uint16_t name;    // for keys: the number of the name in the name table, 0 if it is not there
    uint8_t kind;     // MJT_NULL to MJT_KEY
    uint8_t moved;    // 1 where the text lies behind the source, because it was unescaped or replaced
} mjt_node;

// What a parser last read. Both pointers change with every parse and may change with every replacement.
typedef struct {
    const mjt_node *nodes;
    const uint8_t *bytes;
    uint32_t node_count;
    uint32_t source_length;
} mjt_tape;

typedef struct mjt_names mjt_names;
typedef struct mjt_parser mjt_parser;

// Names are given one after another in `text`, each `lengths[i]` bytes long; name i gets number i + 1.
mjt_names *mjt_names_create(const uint8_t *text, const uint32_t *lengths, uint32_t count);
void mjt_names_destroy(mjt_names *names);
// The number of a name, 0 if it is not there. Reads up to 8 bytes behind the name.
uint16_t mjt_names_find(const mjt_names *names, const uint8_t *name, size_t length);

mjt_parser *mjt_parser_create(uint32_t depth_max, size_t bytes_max);
void mjt_parser_destroy(mjt_parser *parser);
const mjt_tape *mjt_parser_tape(const mjt_parser *parser);

// Reads one document. Returns MJT_OK or the error and the offset in the source where it was found.
int mjt_parse(mjt_parser *parser, const mjt_names *names, const uint8_t *source, size_t length, size_t *error_offset);

// Gives a string node another text. Returns MJT_OK, MJT_UNEXPECTED if the node is no string, or MJT_NO_MEMORY.
int mjt_replace_string(mjt_parser *parser, uint32_t node, const uint8_t *text, size_t length);

#ifdef __cplusplus
}
#endif
