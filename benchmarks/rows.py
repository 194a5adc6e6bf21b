#!/usr/bin/env python3
"""Writes SQL that fills a database with rows like those of a shop, the same for the same seed.

    benchmarks/rows.py [BYTES] [SEED] | psql

BYTES is what the rows take as COPY text (540,000,000). One table is three quarters of it. zlib at level 6 makes the rows
about 2.7 times smaller; those of pgbench are mostly blanks, and shrink by more than twenty times.
"""
import random
import sys

WORDS = """the of and to in a is that for it as was with be by on not he his but at are this have from or had an they
which one you were all her she there would their we him been has when who will no more if out so said what up its about
into than them can only other new some could time these two may then do first any my now such like our over man me even
most made after also did many before must through back years where much your way well down should because each just
those people how too little state good very make world still own see men work long get here between both life being
under never day same another know while last might us great old year off come since against go came right used take
three customer order invoice shipment warehouse payment refund account pending delivered cancelled priority standard
express address street avenue city region postal contact email phone""".split()
FIRST = "Anna Bernd Carla David Elena Farid Greta Hugo Ines Jonas Katja Liam Maria Noah Olga Paul".split()
LAST = "Schmidt Garcia Nowak Rossi Smith Ivanov Tanaka Dubois Silva Kim Olsen Novak Moreau Weber Lopez Khan".split()
STATES = ["pending", "delivered", "cancelled", "shipped"]
NULL = "\\N"

TABLES = {
    "orders": ("id bigint, customer text, mail text, placed timestamptz, amount numeric(12,2), state text, "
               "reference text, note text", 0.75),
    "customers": ("id bigint, name text, mail text, since date, remarks text", 0.15),
    "events": ("id bigint, at timestamptz, kind text, payload text", 0.10),
}


def person(numbers):
    first, last = numbers.choice(FIRST), numbers.choice(LAST)
    return f"{first} {last}", f"{first.lower()}.{last.lower()}{numbers.randint(1, 99999)}@example.com"


def day(numbers):
    return f"2026-{numbers.randint(1, 12):02}-{numbers.randint(1, 28):02}"


def moment(numbers):
    seconds = numbers.randrange(86_400_000_000)
    return (f"{day(numbers)} {seconds // 3_600_000_000:02}:{seconds // 60_000_000 % 60:02}:"
            f"{seconds // 1_000_000 % 60:02}.{seconds % 1_000_000:06}+00")


def words(numbers, least, most):
    return " ".join(numbers.choices(WORDS, k=numbers.randint(least, most)))


def row(table, number, numbers):
    if table == "orders":
        name, mail = person(numbers)
        reference = f"{numbers.getrandbits(128):032x}" if numbers.random() < 0.5 else NULL
        return (f"{number}\t{name}\t{mail}\t{moment(numbers)}\t{numbers.randint(100, 9_999_999) / 100}\t"
                f"{numbers.choice(STATES)}\t{reference}\t{words(numbers, 6, 40)}\n")
    if table == "customers":
        name, mail = person(numbers)
        return f"{number}\t{name}\t{mail}\t{day(numbers)}\t{words(numbers, 0, 12) or NULL}\n"
    return f"{number}\t{moment(numbers)}\t{numbers.choice(STATES)}\t{numbers.getrandbits(96):024x}\n"


def main():
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 540_000_000
    numbers = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 7)
    write = sys.stdout.write
    for table, (columns, share) in TABLES.items():
        write(f"CREATE TABLE {table} ({columns});\nCOPY {table} FROM stdin;\n")
        written = number = 0
        while written < total * share:
            number += 1
            line = row(table, number, numbers)
            written += len(line)
            write(line)
        write("\\.\n")


if __name__ == "__main__":
    main()
