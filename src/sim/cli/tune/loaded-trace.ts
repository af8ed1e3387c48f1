import type { HeldTrace } from "../../tune/study/held-trace.ts";
import type { TraceText } from "../../tune/study/trace-text.ts";
import type { StudyTrace } from "../../tune/types.ts";

/** A trace that has been read and checked. */
export interface LoadedTrace {
  readonly text: TraceText;
  readonly held: HeldTrace;
  readonly role: StudyTrace["role"];
}
