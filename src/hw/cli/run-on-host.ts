import { runDaemon } from "../daemon/run-daemon.ts";
import { loadSettings, type RawSettings } from "../settings/settings.ts";
import { requireAll, surroundings } from "./surroundings.ts";

/** Does what `balloon-hw run` says, until a signal ends it. */
export async function runOnHost(config: string | undefined, said: RawSettings): Promise<void> {
  const load = () => loadSettings(config, said);
  // A mistake in a file is said before anything about the machine is.
  const { addon, warnings } = requireAll(surroundings(load(), "real"));
  await runDaemon({ loadSettings: load, addon, warnings, host: { kind: "real" }, forUs: Number.POSITIVE_INFINITY });
}
