import type { Hypervisor, PageAllocator, Reply } from "../ports.ts";
import { Request } from "./request.ts";
import type { EngineState } from "./state.ts";

/** Passes the pending request (`state.request`) to the port that answers it. Does nothing if none is pending. */
export function dispatch(
  state: Readonly<EngineState>,
  allocator: PageAllocator,
  hypervisor: Hypervisor,
  reply: Reply,
): void {
  const { request, count, value } = state;
  if (request === Request.Start) hypervisor.start(value, reply);
  else if (request === Request.GuestId) hypervisor.guestId(value, reply);
  else if (request === Request.TotalPages) allocator.totalPages(reply);
  else if (request === Request.GetTarget) hypervisor.getTarget(value, reply);
  else if (request === Request.Allocate) allocator.allocate(count, value === 1, reply);
  else if (request === Request.Lock) hypervisor.lock(count, reply);
  else if (request === Request.Unlock) hypervisor.unlock(count, reply);
  else if (request === Request.Free) allocator.free(count, value, reply);
}
