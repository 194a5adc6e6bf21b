"""Listings: prefixes, pages, folders and two thousand blobs."""

import concurrent.futures

import checks
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobPrefix

container = checks.service().create_container("listing")
names = sorted(f"{year}/{month:02}/{day:02}.sql" for year in [2024, 2025] for month in range(1, 5) for day in range(1, 6))
names = sorted(names + ["readme.txt", "2024.txt", "2024-notes"])
for name in names:
    container.upload_blob(name, name)

checks.equal([entry.name for entry in container.list_blobs()], names, "all blobs")
checks.equal(list(container.list_blob_names()), names, "all names")
checks.equal([entry.name for entry in container.list_blobs(name_starts_with="2024/03/")],
             [f"2024/03/{day:02}.sql" for day in range(1, 6)], "blobs of a prefix")
checks.equal([entry.name for entry in container.list_blobs(name_starts_with="2024")],
             [name for name in names if name.startswith("2024")], "blobs of a prefix that is no folder")
checks.equal(list(container.list_blobs(name_starts_with="none")), [], "a prefix of nothing")
for size in [1, 2, 7, 42, 43, 44]:
    pages = [[entry.name for entry in page] for page in container.list_blobs(results_per_page=size).by_page()]
    checks.equal([name for page in pages for name in page], names, f"all blobs in pages of {size}")
    checks.that(all(len(page) == size for page in pages[:-1]) and len(pages[-1]) <= size, f"full pages of {size}")

walked = list(container.walk_blobs())
checks.equal([(entry.name, isinstance(entry, BlobPrefix)) for entry in walked],
             [("2024/", True), ("2025/", True), ("2024-notes", False), ("2024.txt", False), ("readme.txt", False)],
             "the root, folder by folder (the SDK puts the folders of a page first)")
year = next(entry for entry in walked if entry.name == "2024/")
checks.equal([entry.name for entry in year], [f"2024/{month:02}/" for month in range(1, 5)], "the folders of a year")
checks.equal([entry.name for entry in container.walk_blobs("2025/01/")],
             [f"2025/01/{day:02}.sql" for day in range(1, 6)], "the blobs of a folder")
pages = [[entry.name for entry in page] for page in container.walk_blobs(results_per_page=2).by_page()]
checks.equal(sorted(name for page in pages for name in page), sorted(entry.name for entry in walked), "folders by page")
checks.equal([len(page) for page in pages], [2, 2, 1], "folders count as entries of a page")
checks.equal([entry.name for entry in container.walk_blobs(delimiter="-")], ["2024-"] + [
    name for name in names if name != "2024-notes"], "another delimiter")

# The second page from a fresh client, by the continuation token alone.
pages = container.list_blobs(results_per_page=20).by_page()
first = [entry.name for entry in next(pages)]
again = checks.service().get_container_client("listing").list_blobs(results_per_page=20)
rest = [entry.name for page in again.by_page(continuation_token=pages.continuation_token) for entry in page]
checks.equal(first + rest, names, "a listing that another client continues")
with checks.refused(HttpResponseError, "InvalidQueryParameterValue", 400, "a continuation token that nobody gave"):
    list(next(container.list_blobs().by_page(continuation_token="?!")))
with checks.refused(HttpResponseError, "OutOfRangeQueryParameterValue", 400, "pages of no blobs"):
    list(next(container.list_blobs(results_per_page=-1).by_page()))

thousands = checks.service().create_container("thousands")
with concurrent.futures.ThreadPoolExecutor(8) as workers:
    list(workers.map(lambda number: thousands.upload_blob(f"{number:05}", b"%d" % number), range(2000)))
listed = list(thousands.list_blobs())
checks.equal([entry.name for entry in listed], [f"{number:05}" for number in range(2000)], "two thousand names")
checks.equal([entry.size for entry in listed], [len(str(number)) for number in range(2000)], "two thousand sizes")
checks.that(len({entry.etag for entry in listed}) == 2000, "two thousand different ETags")
checks.equal(len(list(thousands.list_blobs(results_per_page=300).by_page())), 7, "two thousand blobs in pages of 300")
checks.done()
