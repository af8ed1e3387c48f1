import { expect, test } from "vitest";
import { refuseBesideOthers } from "../../../src/hw/cli/run-on-host.ts";
import { EXIT_REASONS } from "../../../src/hw/exit-codes.ts";
import { MachineFiles } from "../../../src/hw/machine/files.ts";
import { writeFiles } from "../../support/fakes/fake-machine.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

test("a dry run starts where no balloon is, and refuses to beside a driver or a daemon", () => {
  const root = scratchDirectory();
  const files = new MachineFiles(root);
  writeFiles(root, { "run/balloon-hw/lock": "", "proc/locks": "" });
  refuseBesideOthers(files);
  writeFiles(root, { "proc/locks": `1: FLOCK  ADVISORY  WRITE 4711 ${files.inode("run/balloon-hw/lock")} 0 EOF\n` });
  expect(() => refuseBesideOthers(files)).toThrow(
    expect.objectContaining({
      exitCode: EXIT_REASONS.ALREADY_RUNNING.exitCode,
      message: expect.stringContaining("use balloon-hw shadow"),
    }),
  );
  writeFiles(root, { "sys/module/vmw_balloon/initstate": "live\n" });
  expect(() => refuseBesideOthers(files)).toThrow(
    expect.objectContaining({
      exitCode: EXIT_REASONS.KERNEL_DRIVER.exitCode,
      message:
        "--dry-run: START would make the host forget the pages of the kernel's own driver: balloon-hw shadow runs beside it",
    }),
  );
});
