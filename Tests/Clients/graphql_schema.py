#!/usr/bin/env python3
"""Checks Martlet's GraphQL schema with graphql-core, an implementation of GraphQL that is not ours.

usage: graphql_schema.py query              print the introspection query that tools send
       graphql_schema.py check ANSWER QUERIES

ANSWER is the answer to that query; QUERIES a file with one query a line, `+` before those that fit the schema and
`-` before those that do not. The client's schema is built from the answer, checked, and the queries are validated
against it. The last line says how much was checked.

Exit codes: 0 all is as it should be, 1 something is not, 2 bad usage or graphql-core is missing.
"""

import json
import sys

try:
    from graphql import (
        GraphQLError,
        build_client_schema,
        get_introspection_query,
        introspection_from_schema,
        parse,
        validate,
        validate_schema,
    )
except ImportError:
    print("graphql-core is missing: run bin/setup clients", file=sys.stderr)
    sys.exit(2)


def introspection_query():
    return get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True,
        input_value_deprecation=True,
    )


def check(answer_path, queries_path):
    with open(answer_path, encoding="utf-8") as file:
        text = file.read()
    answer = json.loads(text)
    failures = [f"the introspection query has errors: {error['message']}" for error in answer.get("errors", [])]
    schema = build_client_schema(answer["data"])
    failures += [f"schema: {error.message}" for error in validate_schema(schema)]
    again = introspection_from_schema(schema, input_value_deprecation=True)
    ours = {item["name"] for item in answer["data"]["__schema"]["types"]}
    theirs = {item["name"] for item in again["__schema"]["types"]}
    if ours != theirs:
        failures.append(f"types differ: {sorted(ours ^ theirs)[:10]}")
    queries = 0
    with open(queries_path, encoding="utf-8") as file:
        for line in filter(None, map(str.strip, file)):
            queries += 1
            fits, query = line[0] == "+", line[1:]
            try:
                errors = [error.message for error in validate(schema, parse(query))]
            except GraphQLError as error:
                errors = [error.message]
            if fits and errors:
                failures.append(f"{query}: {errors}")
            if not fits and not errors:
                failures.append(f"{query}: graphql-core takes what Martlet refuses")
    for failure in failures:
        print(failure)
    print(f"{len(ours)} types in {len(text)} characters, {queries} queries, {len(failures)} failures")
    return 1 if failures else 0


def main():
    match sys.argv[1:]:
        case ["query"]:
            print(introspection_query())
            return 0
        case ["check", answer, queries]:
            return check(answer, queries)
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
