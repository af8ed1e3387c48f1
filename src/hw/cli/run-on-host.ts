import { runDaemon } from "../daemon/run-daemon.ts";
import { loadSettings, type RawSettings } from "../settings/settings.ts";
import { requireAll, surroundings } from "./surroundings.ts";

/** Executes `balloon-hw run`, until a signal ends it. */
export async function runOnHost(config: string | undefined, said: RawSettings): Promise<void> {
  const load = () => loadSettings(config, said);
  // Errors in files are reported before findings about the machine.
  const { addon, warnings } = requireAll(surroundings(load(), "real"));
  await runDaemon({ loadSettings: load, addon, warnings, host: { kind: "real" }, forUs: Number.POSITIVE_INFINITY });
}
