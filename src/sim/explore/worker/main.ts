/** The entry of the explorer's worker in a browser. */
import type { FromWorker, ToWorker } from "../protocol.ts";
import { serve } from "./serve.ts";
import { Session } from "./session.ts";

serve<ToWorker, FromWorker>((slices, post) => {
  return new Session(slices, (message) => {
    post(message, message.kind === "curves" ? message.data.columns.map(({ buffer }) => buffer) : []);
  });
});
