import { expect, test } from "vitest";
import { RunningDaemon } from "../../../src/hw/daemon/running-daemon.ts";
import { loadSettings } from "../../../src/hw/settings/settings.ts";
import { CALM_HOST } from "../../support/daemon-rig.ts";
import { FakeWorker } from "../../support/fake-worker.ts";
import { PageWorld } from "../../support/page-world.ts";

test("whatever goes wrong while settings are read again, the daemon goes on with the old ones", async () => {
  const worker = new FakeWorker(new PageWorld(CALM_HOST, 16));
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  const running = new RunningDaemon({
    addon: { notify: () => true },
    worker,
    settings: loadSettings(undefined, {}),
    loadSettings: () => {
      throw new RangeError("the file is longer than a text can be");
    },
    log: { info: say, warn: say, error: say },
    host: { kind: "real" },
  });
  const over = running.run(Number.POSITIVE_INFINITY);
  process.emit("SIGHUP");
  expect(said.at(-1)).toBe("the file is longer than a text can be: rates and limits stay as they were");
  expect(running.daemon.phase).toBe("waiting");
  running.daemon.stop();
  worker.settle();
  await over;
  expect(worker.isClosed).toBe(true);
});
