import { type Archived, ArchiveReader, ArchiveWriter } from "./archive.ts";

/** Archives the complete state that the rest of a run, and of its observers' work, depends on. */
export function saveState(parts: readonly Archived[]): Float64Array {
  const writer = new ArchiveWriter();
  for (const part of parts) part.archive(writer);
  return writer.state();
}

/**
 * Restores a state into parts that were created in the same way as those that were saved: same trace, same options.
 * @throws {RangeError} if the state does not fit the parts
 */
export function restoreState(parts: readonly Archived[], state: Float64Array): void {
  const reader = new ArchiveReader(state);
  for (const part of parts) part.archive(reader);
  if (!reader.isSpent) throw new RangeError("the state is longer than expected");
}
