/** The entry of the worker of the page of hosts in a browser. */
import { serve } from "../../worker/serve.ts";
import type { FromHostWorker, ToHostWorker } from "../protocol.ts";
import { HostSession } from "./session.ts";

serve<ToHostWorker, FromHostWorker>((slices, post) => new HostSession(slices, post));
