/** The search space of a study, from its header. */
import { type BalloonPolicy, DEFAULT_POLICY, POLICIES } from "../../../engine/index.ts";
import { Space } from "../space.ts";
import type { StudyHeader } from "../types.ts";

/** The driver that a study tunes. Its name was checked when the header was read; absent: `vmmemctl`. */
export const policyOf = ({ driver }: Pick<StudyHeader, "driver">): BalloonPolicy =>
  driver === undefined ? DEFAULT_POLICY : (POLICIES.get(driver) as BalloonPolicy);

/** The candidates of a study. */
export const spaceOf = (header: StudyHeader): Space =>
  new Space(policyOf(header), header.parameters, header.base, header.reference);
