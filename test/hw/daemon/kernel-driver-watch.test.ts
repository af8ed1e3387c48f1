import { expect, test } from "vitest";
import { KernelDriverWatch } from "../../../src/hw/daemon/kernel-driver-watch.ts";

/** A watch of a driver that is loaded, and then no longer. */
function watch(isAllowed: boolean) {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  let isLoaded = true;
  const look = () => isLoaded;
  const watched = new KernelDriverWatch({
    look,
    isAllowed,
    log: { info: say, warn: say, error: say },
    gone: () => say("gone"),
  });
  const seen = () => [watched.isLoaded, watched.unhealthyReason, said.length];
  watched.note();
  return {
    seen,
    said,
    unload: () => {
      isLoaded = false;
    },
    note: () => watched.note(),
  };
}

test("the kernel's driver makes the daemon unhealthy until a look finds it gone", () => {
  const { seen, said, unload, note } = watch(false);
  const loaded = [
    true,
    "the kernel's own driver vmw_balloon was loaded: both answer the host; stop balloon-hw, or restart the machine",
    1,
  ];
  expect(seen()).toEqual(loaded);
  note();
  expect(seen()).toEqual(loaded);
  unload();
  note();
  expect(seen()).toEqual([false, null, 3]);
  expect(said.at(-1)).toBe("gone");
});

test("beside-kernel-driver leaves the kernel's driver to the metric", () => {
  const { seen, unload, note } = watch(true);
  expect(seen()).toEqual([true, null, 0]);
  unload();
  note();
  expect(seen()).toEqual([false, null, 0]);
});
