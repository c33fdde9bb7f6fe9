/*
 * Strict YAML as a tree with places: mappings, sequences and scalars as raw text. Anchors, aliases,
 * tags, several documents in one file and keys that stand twice are errors, since each of them lets
 * two readers of a file see two different things. Read with libfyaml.
 */
#ifndef SIM_YAML_H
#define SIM_YAML_H

#include "../engine/base/arena.h"
#include "../engine/base/status.h"

enum yaml_kind { YAML_SCALAR, YAML_MAPPING, YAML_SEQUENCE };

struct yaml_node {
    enum yaml_kind kind;
    int line, column; /* from 1 */
    struct str text;  /* of a scalar, as written; of a mapping's child: see key */
    struct str key;   /* of a mapping's child */
    int key_line, key_column;
    struct yaml_node *first_child, *next; /* in order of the file */
};

enum { YAML_DEPTH_MAX = 16, YAML_FILE_BYTES_MAX = 1024 * 1024 };

/* Reads a whole file; nodes live in `arena`. Errors begin with "path:line:column: ". */
NODISCARD enum status yaml_read(struct arena *arena, const char *path, struct yaml_node **root_r,
                                struct error *error);

/* The child with that key, or NULL. */
struct yaml_node *yaml_child(const struct yaml_node *mapping, const char *key);

#endif
