import fc from "fast-check";
import { expect, test } from "vitest";
import { ViewReader, ViewWriter } from "../../../../src/sim/hosts/own-policy/shared-view.ts";
import { HOST_FIELDS, type HostView, VM_FIELDS, type VmFigures } from "../../../../src/sim/hosts/view.ts";

const number = fc.oneof(fc.nat(), fc.double({ noNaN: true }));
const host = fc.record(Object.fromEntries(HOST_FIELDS.map((field) => [field, number])), { requiredKeys: [] });
const fieldOf = (field: (typeof VM_FIELDS)[number]): fc.Arbitrary<unknown> => {
  if (field === "ballooning" || field === "migrating") return fc.boolean();
  return field === "sampled" ? fc.record({ runUs: number, touched: number }) : number;
};
const figures = fc.record(Object.fromEntries(VM_FIELDS.map((field) => [field, fieldOf(field)])), { requiredKeys: [] });
const vms = fc.uniqueArray(fc.tuple(fc.string(), figures), { selector: ([name]) => name, maxLength: 40 });
const views = fc.tuple(fc.nat(), host, vms).map(
  ([nowUs, hosts, list]): HostView => ({
    nowUs,
    host: hosts,
    vms: list.map(([name, fields]): VmFigures => ({ name, ...fields })),
  }),
);

test("a view arrives as it is, whatever views were before it", () => {
  fc.assert(
    fc.property(fc.array(views, { minLength: 1, maxLength: 5 }), (list) => {
      const [writer, reader] = [new ViewWriter(), new ViewReader()];
      for (const view of [...list, ...list]) {
        expect(reader.read(structuredClone(writer.write(view)))).toEqual(view);
      }
    }),
  );
});

test("names and memory are passed on when they change only", () => {
  const writer = new ViewWriter();
  const view = (...names: string[]) => ({ nowUs: 0, host: {}, vms: names.map((name) => ({ name })) });
  expect(writer.write(view("A", "B"))).toMatchObject({ names: ["A", "B"], memory: expect.any(SharedArrayBuffer) });
  expect(writer.write(view("A", "B"))).toEqual({});
  expect(writer.write(view("B", "A"))).toEqual({ names: ["B", "A"] });
  expect(writer.write(view("B"))).toEqual({ names: ["B"] });
  const many = Array.from({ length: 100 }, (_, index) => `vm${index}`);
  expect(writer.write(view(...many))).toMatchObject({ names: many, memory: expect.any(SharedArrayBuffer) });
});
