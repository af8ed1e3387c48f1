import { ORDER_SIZE, REPORT_SIZE } from "../exchange.ts";

/** The rows of orders and reports of all VMs, in memory that threads share. */
export interface SharedRows {
  readonly orders: SharedArrayBuffer;
  readonly reports: SharedArrayBuffer;
}

export const createSharedRows = (vms: number): SharedRows => ({
  orders: new SharedArrayBuffer(8 * vms * ORDER_SIZE),
  reports: new SharedArrayBuffer(8 * vms * REPORT_SIZE),
});

const rows = (buffer: SharedArrayBuffer, size: number, vms: number): Float64Array[] =>
  Array.from({ length: vms }, (_, vm) => new Float64Array(buffer, 8 * vm * size, size));

export const orderRows = ({ orders }: SharedRows, vms: number): Float64Array[] => rows(orders, ORDER_SIZE, vms);
export const reportRows = ({ reports }: SharedRows, vms: number): Float64Array[] => rows(reports, REPORT_SIZE, vms);
