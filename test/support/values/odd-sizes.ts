import fc from "fast-check";

/** Values where a file has a size, or something else: some are sizes, most are not. */
export const ODD_SIZES = fc.constantFrom<unknown>(
  undefined,
  null,
  0,
  1,
  -1,
  0.5,
  1e13,
  2 ** 32,
  300,
  true,
  "",
  "4GB",
  "4GiB",
  "1.5GiB",
  "6KiB",
);
