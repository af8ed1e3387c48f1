/** What a study varies, out of its header. */
import { type BalloonPolicy, DEFAULT_POLICY, POLICIES } from "../../../engine/index.ts";
import { Space } from "../space.ts";
import type { StudyHeader } from "../types.ts";

/** The driver that a study tunes. Its name was checked when the header was read. */
export const policyOf = ({ driver }: Pick<StudyHeader, "driver">): BalloonPolicy =>
  driver === undefined ? DEFAULT_POLICY : (POLICIES.get(driver) as BalloonPolicy);

/** The candidates of a study. */
export const spaceOf = (header: StudyHeader): Space =>
  new Space(policyOf(header), header.parameters, header.base, header.reference);
