import { parseSize, parseTime } from "../../../common/units.ts";
import { boolean, type Decoder, matching, nullable, numberUpTo, type Reader } from "../decode.ts";
import { constant, QUANTITY_OF_FIELD, seriesOf } from "../series.ts";
import { type Series, WORKLOAD_FIELDS, type WorkloadField, type WorkloadSpec } from "../types.ts";

export const WORKLOAD_KEYS = ["name", ...WORKLOAD_FIELDS, "fileWarm", "swapped", "restart", "cpu"];

/** Names are parts of column names, so they contain no slash and no character that needs quoting. */
export const WORKLOAD_NAME = /^[A-Za-z0-9._-]{1,64}$/;
const processors = numberUpTo(1024);
const name = matching(WORKLOAD_NAME, 'a name of letters, digits, ".", "_" and "-", at most 64 of them');

export const workload: Reader<WorkloadSpec> = (value, decoder) => {
  const fields = decoder.object(value, WORKLOAD_KEYS, ["name"]);
  return {
    name: decoder.field(fields, "name", name, ""),
    anon: series(fields, decoder, "anon"),
    workingSet: decoder.field(fields, "workingSet", seriesOf(QUANTITY_OF_FIELD.workingSet), null),
    touch: series(fields, decoder, "touch"),
    fileSet: series(fields, decoder, "fileSet"),
    fileRead: series(fields, decoder, "fileRead"),
    fileWrite: series(fields, decoder, "fileWrite"),
    fileWarm: decoder.field(fields, "fileWarm", boolean, true),
    swapped: decoder.field(fields, "swapped", parseSize, 0),
    restartUs: decoder.field(fields, "restart", nullable(parseTime), null),
    cpu: decoder.field(fields, "cpu", processors, 0),
  };
};

function series(fields: Readonly<Record<string, unknown>>, decoder: Decoder, field: WorkloadField): Series {
  return decoder.field(fields, field, seriesOf(QUANTITY_OF_FIELD[field]), constant(0));
}
