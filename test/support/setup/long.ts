/** Whether tests of the real daemon run at full length (`npm run test:long`), for minutes, instead of for seconds. */
export const LONG = process.env.BALLOON_LONG === "1";
