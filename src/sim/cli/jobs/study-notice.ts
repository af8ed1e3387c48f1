import { warn } from "../../../common/cli/output.ts";
import type { QueueTarget } from "../../queue/address.ts";

/** Prints the study name of a coordinator on a terminal. `worker --name` and `worker --purge` need the name. */
export function noteStudy(name: string, { address }: QueueTarget, isQuiet: boolean): void {
  if (!isQuiet && process.stderr.isTTY) warn(`balloon-sim: study ${name} at ${address.shown}`);
}
