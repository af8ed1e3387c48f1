import { describe, expect, it } from "vitest";
import { type Params, VIRTIO_BALLOON } from "../../../src/engine/index.ts";
import { Draws } from "../../../src/sim/random/draws.ts";
import { VirtioWorld } from "../../support/worlds/virtio-world.ts";

// The driver in numbers that can be checked by hand against the text of drivers/virtio/virtio_balloon.c.

/** A loaded driver whose first cycle has found the target that it has. */
function loaded(params: Partial<typeof VIRTIO_BALLOON.defaults> = {}) {
  const world = new VirtioWorld();
  const driver = VIRTIO_BALLOON.create({ ...VIRTIO_BALLOON.defaults, ...params }, world.ports);
  driver.load();
  world.log.length = 0;
  /** The host changes the target and interrupts; returns what the driver does until it rests, or `wakeUps` cycles. */
  const aim = (target: number, wakeUps = 1): string[] => {
    world.target = target;
    world.log.length = 0;
    driver.ring?.();
    for (let i = 0; i < wakeUps; i++) world.wake();
    return [...world.log];
  };
  return { world, driver, aim };
}

describe("a fill", () => {
  it("moves 256 pages a message, and reads the target before each", () => {
    const { aim, driver } = loaded();
    expect(aim(600)).toEqual([
      ...["read", "take 256", "inflate 256", "actual 256"],
      ...["read", "take 256", "inflate 256", "actual 512"],
      ...["read", "take 88", "inflate 88", "actual 600"],
    ]);
    expect(driver.view).toMatchObject({ size: 600, target: 600, locked: 600, allocated: 600 });
  });

  it("does not read the target again after the message that reaches it", () => {
    expect(loaded().aim(256)).toEqual(["read", "take 256", "inflate 256", "actual 256"]);
  });

  it("follows a target that changes in its middle", () => {
    const { world, aim, driver } = loaded();
    world.after("actual 256", () => {
      world.target = 100;
      driver.ring?.();
    });
    expect(aim(600, 2).slice(4)).toEqual(["read", "deflate 156", "free 156", "actual 100", "read"]);
  });

  it("sleeps after an allocation that failed, then tells the host of what it has, then tries again", () => {
    const { world, aim, driver } = loaded();
    world.free = 300;
    expect(aim(600)).toEqual([
      ...["read", "take 256", "inflate 256", "actual 256"],
      ...["read", "take 256", "sleep 200", "inflate 44", "actual 300"],
    ]);
    expect(driver.view.allocationFailures).toBe(1);
    world.log.length = 0;
    world.wake();
    // No page: no message, but the size is written.
    expect(world.log).toEqual(["read", "take 256", "sleep 200", "actual 300"]);
    world.free = 300;
    world.wake();
    world.wake();
    expect(driver.view.size).toBe(600);
  });

  it("asks again after a part of the pages that is no failure", () => {
    const { world, aim } = loaded();
    world.most = 100;
    expect(aim(256)).toEqual(["read", "take 256", "take 156", "take 56", "inflate 256", "actual 256"]);
  });
});

describe("a leak", () => {
  it("tells the host first, then frees, 256 pages a message, down to the very target", () => {
    const { aim, driver } = loaded();
    aim(600);
    expect(aim(87)).toEqual([
      ...["read", "deflate 256", "free 256", "actual 344"],
      ...["read", "deflate 256", "free 256", "actual 88"],
      ...["read", "deflate 1", "free 1", "actual 87"],
    ]);
    expect(driver.view).toMatchObject({ size: 87, freed: 513, unlocked: 513 });
  });
});

describe("the config interrupt", () => {
  it("is all that wakes it: nothing is polled", () => {
    const { world, aim } = loaded();
    aim(10);
    expect(world.isWoken).toBe(false);
    world.target = 20;
    expect(world.isWoken).toBe(false);
  });

  it("finds a target that the balloon has already: a read, and no message", () => {
    const { aim } = loaded();
    aim(10);
    expect(aim(10)).toEqual(["read"]);
  });
});

describe("the OOM notifier", () => {
  it("gives up to 256 pages, and the balloon stays below its target until that changes", () => {
    const { world, aim, driver } = loaded({ deflateOnOom: 1 });
    aim(600);
    world.log.length = 0;
    expect(driver.relieve?.(Number.POSITIVE_INFINITY, true)).toBe(256);
    expect(world.log).toEqual(["deflate 256", "free 256", "actual 344"]);
    expect(world.isWoken).toBe(false);
    expect(driver.relieve?.(Number.POSITIVE_INFINITY, true)).toBe(256);
    expect(driver.relieve?.(Number.POSITIVE_INFINITY, true)).toBe(88);
    expect(driver.relieve?.(Number.POSITIVE_INFINITY, true)).toBe(0);
    expect(driver.state).toMatchObject({ oomCalls: 4, oomFreed: 600 });
    aim(601);
    expect(driver.view.size).toBe(601);
  });

  it("does nothing without the feature, and nothing in reclaim", () => {
    const { aim, driver } = loaded();
    aim(600);
    expect(driver.relieve?.(1000, true)).toBe(0);
    const other = loaded({ deflateOnOom: 1 });
    other.aim(600);
    expect(other.driver.relieve?.(1000, false)).toBe(0);
  });

  it("may interrupt any step of a cycle, which then goes on", () => {
    for (const step of ["read", "take 256", "sleep 200", "inflate 256", "inflate 144", "actual 512"]) {
      const { world, aim, driver } = loaded({ deflateOnOom: 1 });
      aim(300);
      world.free = 500;
      world.after(step, () => driver.relieve?.(Number.POSITIVE_INFINITY, true));
      aim(900, 3);
      world.free = 10_000;
      aim(900, 3);
      expect([step, driver.view.size, driver.violated()]).toEqual([step, 900, null]);
      expect(world.balloon).toBe(900);
    }
  });
});

describe("unloading", () => {
  it("gives all pages back, by messages", () => {
    const { world, aim, driver } = loaded();
    aim(300);
    world.log.length = 0;
    driver.exit();
    expect(world.log).toEqual(["deflate 256", "free 256", "deflate 44", "free 44", "actual 0"]);
    expect(driver.view).toMatchObject({ size: 0, isLoaded: false });
    expect(aim(100)).toEqual([]);
  });
});

it("never sends more than a message's pages, loses none, and ends at the target, in random worlds", () => {
  for (let seed = 0; seed < 300; seed++) {
    const draws = new Draws(String(seed), "virtio");
    const params = VIRTIO_BALLOON.draw(draws, seed % 2 === 0, 5000);
    const { world, driver } = ((p: Params) => loaded(p))(params);
    for (let i = 0; i < 20; i++) {
      world.target = draws.whole(0, 5000);
      world.free = draws.whole(0, 5000);
      world.most = draws.whole(1, 300);
      driver.ring?.();
      for (let n = draws.whole(0, 3); n > 0; n--) world.wake();
      if (draws.chance(0.3)) driver.relieve?.(Number.POSITIVE_INFINITY, true);
      expect(driver.violated()).toBeNull();
      expect(world.balloon).toBe(driver.view.size);
    }
    world.free = 1e9;
    driver.ring?.();
    world.wake();
    world.wake();
    expect(driver.view.size).toBe(world.target);
    const most = Math.max(...world.messages);
    expect(most).toBeLessThanOrEqual(params.messagePages);
  }
});

it("refuses answers that can't be", () => {
  const { driver } = loaded();
  expect(() => driver.answer(0, 0, 0, 0)).toThrow("no request is waiting");
  expect(() => driver.skip(1)).toThrow("can't skip 1 cycles");
});
