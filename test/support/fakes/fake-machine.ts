/** Directories like /proc, and files like the balloon driver's, for tests of what reads them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Puts files into a directory, by their paths in it. */
export function writeFiles(directory: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [path, content] of Object.entries(files)) {
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
  }
  return directory;
}

export const MEMINFO = `MemTotal:        4028940 kB
MemFree:         1200340 kB
MemAvailable:    2706112 kB
Buffers:           42016 kB
Cached:          1500124 kB
SwapCached:         1024 kB
Active:          1700000 kB
Inactive:         900000 kB
Active(anon):     700012 kB
Inactive(anon):   150008 kB
Active(file):     999988 kB
Inactive(file):   749992 kB
Unevictable:        2048 kB
Mlocked:            2048 kB
SwapTotal:       2097148 kB
SwapFree:        2000000 kB
Dirty:               300 kB
Writeback:             0 kB
AnonPages:        860500 kB
Mapped:           210000 kB
Shmem:             30720 kB
KReclaimable:     120000 kB
Slab:             170000 kB
SReclaimable:     120000 kB
SUnreclaim:        50000 kB
KernelStack:        8000 kB
PageTables:        16000 kB
Committed_AS:    2400000 kB
AnonHugePages:    204800 kB
HugePages_Total:       0
Hugepagesize:       2048 kB
`;

export const VMSTAT = `nr_free_pages 300085
pgpgin 5000000
pgpgout 6000000
pswpin 120
pswpout 24500
allocstall_dma 0
allocstall_dma32 3
allocstall_normal 14
allocstall_movable 1
pgfault 91000000
pgmajfault 7700
workingset_refault_anon 90
workingset_refault_file 41000
workingset_activate_file 2000
pgscan_kswapd 800000
pgscan_direct 1200
pgscan_direct_throttle 5
pgsteal_kswapd 700000
pgsteal_direct 1000
oom_kill 0
balloon_inflate 65536
balloon_deflate 512
`;

/** As kernels before 4.8 wrote it: scans by zone, one count of stalls, nothing of the balloon. */
export const OLD_VMSTAT = `nr_free_pages 300085
pgpgin 5000000
pgpgout 6000000
pswpin 120
pswpout 24500
pgsteal_kswapd_dma 0
pgsteal_kswapd_dma32 700
pgsteal_kswapd_normal 60000
pgsteal_direct_dma32 11
pgscan_kswapd_dma32 800
pgscan_kswapd_normal 70000
pgscan_direct_normal 12
allocstall 44
`;

export const ZONEINFO = `Node 0, zone      DMA
  pages free     3840
        min      66
        low      82
        high     98
        managed  3840
Node 0, zone    DMA32
  pages free     296245
        min      11000
        low      13750
        high     16500
        managed  1003395
`;

export const PRESSURE = `some avg10=0.12 avg60=0.30 avg300=0.08 total=1234567
full avg10=0.00 avg60=0.10 avg300=0.02 total=345678
`;

export const SWAPS = `Filename				Type		Size		Used		Priority
/dev/dm-1                               partition	1048572		97148		-2
/swap\\040file                           file		1048576		0		-3
`;

/** The balloon driver's file as the driver 1.2.1 writes it, and as those of Linux 4.10 and 5.10 do. */
export const VMMEMCTL = `target:              131072 pages
current:              65536 pages
rateNoSleepAlloc:     16384 pages/sec
rateSleepAlloc:        2048 pages/sec
rateFree:             16384 pages/sec

timer:                  120
start:                    1 (   0 failed)
guestType:                1 (   0 failed)
lock:                 66000 (   3 failed)
unlock:                 464 (   0 failed)
target:                 120 (   1 failed)
primNoSleepAlloc:     66000 (   0 failed)
primCanSleepAlloc:        0 (   0 failed)
primFree:               464
errAlloc:                 3
errFree:                  0
`;
export const VMMEMCTL_4 = `balloon capabilities:   0x1e
used capabilities:      0x1e
is resetting:           n
target:              131072 pages
current:              65536 pages
rateSleepAlloc:        2048 pages/sec

timer:                  120
doorbell:                 0
start:                    1 (   0 failed)
2m-lock:                128 (   0 failed)
target:                 120 (   1 failed)
prim2mAlloc:            128 (   0 failed)
`;
export const VMMEMCTL_5 = `balloon capabilities  :             0x1e
used capabilities     :             0x1e
is resetting          :                n
target                :           131072
current               :            65536
start                 :                1 (0 failed)
target                :              120 (1 failed)
timer                 :              120
alloc             (4k):                0
`;

/** A whole directory like /proc. */
export const PROC: Readonly<Record<string, string | Uint8Array>> = {
  uptime: "86400.25 170000.10\n",
  meminfo: MEMINFO,
  vmstat: VMSTAT,
  zoneinfo: ZONEINFO,
  "pressure/memory": PRESSURE,
  swaps: SWAPS,
  stat: "cpu  10 20 30 40\ncpu0 5 10 15 20\ncpu1 5 10 15 20\nintr 1 2 3\n",
  "sys/kernel/hostname": "web01\n",
  "sys/kernel/osrelease": "6.1.0-18-amd64\n",
  "sys/kernel/arch": "x86_64\n",
  // Pairs of type and value, the page size among them, as a process on a 64-bit machine finds them.
  "self/auxv": new Uint8Array(new BigUint64Array([33n, 1n, 6n, 4096n, 17n, 100n, 0n, 0n]).buffer),
  "config.gz": gzipSync("CONFIG_64BIT=y\nCONFIG_HZ_250=y\nCONFIG_HZ=250\n"),
};
