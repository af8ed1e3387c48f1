/** Changes of JSON values, for tests of readers. */

/** Every place in a JSON value, as paths. */
export function placesOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, each]) =>
      placesOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

/** The value with what stands at `path` changed by `change`, which may return undefined to take it away. */
export function changed(
  value: unknown,
  path: readonly (string | number)[],
  change: (old: unknown) => unknown,
): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  const copy = structuredClone(value) as Record<string | number, unknown>;
  const next = changed(copy[step], rest, change);
  if (next !== undefined) copy[step] = next;
  else if (Array.isArray(copy)) copy.splice(step as number, 1);
  else delete copy[step];
  return copy;
}
