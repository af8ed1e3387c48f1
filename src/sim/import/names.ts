/** Name of a machine that only its log's name tells: without the extension, and the number of a rotated log. */
export const stemOf = (baseName: string): string =>
  baseName.replace(/(?:\.(?:log|txt|csv|out|nmon|prom))?(?:\.\d+)?$/i, "") || baseName;
