import { describe, expect, it } from "vitest";
import type { Format, Machine, ReadContext, SampleStream } from "../../../../src/sim/import/reader.ts";
import { Sample } from "../../../../src/sim/import/reader.ts";
import { Lives } from "../../../../src/sim/import/whole-host/lives.ts";

/** Samples of machines in turn: name, time, and whether it is off. */
type Row = readonly [name: string, atUs: number, isOff?: boolean];

function formatOf(rows: readonly Row[], asked: string[] = []): Format {
  const open = (_: unknown, context: ReadContext): SampleStream => {
    const machines: Machine[] = [];
    let next = 0;
    return {
      machines,
      bytesRead: 0,
      next(sample) {
        for (; next < rows.length; next++) {
          const [id, atUs, isOff = false] = rows[next] as Row;
          let machine = machines.find((each) => each.id === id);
          if (machine === undefined) {
            const isHost = id === "host" ? ({ isHost: true } as const) : {};
            machine = { index: machines.length, id, name: null, columns: [], ...isHost };
            machines.push(machine);
          }
          asked.push(id);
          if (!context.wants(id, null)) continue;
          sample.begin(machine, atUs);
          sample.isOff = isOff;
          next++;
          return true;
        }
        return false;
      },
      close() {},
    };
  };
  return { open } as unknown as Format;
}

const contextOf = (wants: (id: string) => boolean): ReadContext => ({ wants }) as unknown as ReadContext;

function read(format: Format, wants: (id: string) => boolean = () => true) {
  const stream = format.open([], contextOf(wants));
  const sample = new Sample();
  const samples: [string, number][] = [];
  while (stream.next(sample)) samples.push([sample.machine.id, sample.atUs]);
  return { samples, machines: stream.machines.map(({ id, name, index }) => [index, id, name]) };
}

describe("the lives of VMs", () => {
  it("are machines of their own, without the times in which a VM is off", () => {
    const rows: Row[] = [
      ["a", 0],
      ["b", 0, true],
      ["a", 1],
      ["b", 1],
      ["a", 2, true],
      ["a", 3, true],
      ["b", 3],
      ["a", 4],
    ];
    const lives = new Lives();
    const { samples, machines } = read(lives.adapt(formatOf(rows)));
    expect(samples).toEqual([
      ["a", 0],
      ["a", 1],
      ["b", 1],
      ["b", 3],
      ["a#2", 4],
    ]);
    expect(machines).toEqual([
      [0, "a", "a"],
      [1, "b", "b"],
      [2, "a#2", "a"],
    ]);
    expect(lives.of("a")).toMatchObject({ number: 1, wasOff: false, offUs: 2 });
    expect(lives.of("b")).toMatchObject({ number: 1, wasOff: true, offUs: null });
    expect(lives.of("a#2")).toMatchObject({ number: 2, wasOff: true, offUs: null, of: { id: "a" } });
  });

  it("are the same ones when the log is read again for some of them", () => {
    const rows: Row[] = [
      ["a", 0],
      ["b", 0],
      ["a", 1, true],
      ["a", 2],
    ];
    const format = new Lives().adapt(formatOf(rows));
    expect(read(format, (id) => id === "a").samples).toEqual([
      ["a", 0],
      ["a#2", 2],
    ]);
    // As the second pass asks: for ids of lives.
    expect(read(format, (id) => id === "a#2").samples).toEqual([
      ["a", 0],
      ["a#2", 2],
    ]);
  });

  it("have ids of their own where a VM has the name of another one's life", () => {
    const rows: Row[] = [
      ["a", 0],
      ["a", 1, true],
      ["a", 2],
      ["a#2", 2],
      ["host", 2],
    ];
    const { machines } = read(new Lives().adapt(formatOf(rows)));
    expect(machines.map(([, id]) => id)).toEqual(["a", "a#2", "a#2'", "host"]);
  });

  it("leave out VMs that are never on, but not from the list of machines", () => {
    const { samples, machines } = read(new Lives().adapt(formatOf([["a", 0, true]])));
    expect(samples).toEqual([]);
    expect(machines.map(([, id]) => id)).toEqual(["a"]);
  });
});
