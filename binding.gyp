# The addon, and the strict host of its tests. Built by `npm run build:native`.
{
  'includes': ['native/emulation/sources.gypi'],
  'target_defaults': {
    'include_dirs': ['native'],
    'cflags_cc': [
      '-std=c++17', '-O2', '-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wno-cast-function-type',
      '-fno-exceptions', '-fno-rtti', '-fvisibility=hidden',
      # A defect ends the daemon instead of giving its rights away.
      '-fstack-protector-strong', '-fstack-clash-protection', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2',
    ],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-O3', '-Wno-unused-parameter'],
    'ldflags': ['-Wl,-z,relro,-z,now'],
  },
  'targets': [
    {
      'target_name': 'balloon_hw',
      'sources': [
        'native/addon.cc',
        'native/measuring.cc',
        'native/native_worker.cc',
        'native/values.cc',
        'native/worker.cc',
        'native/portable.cc',
        'native/process.cc',
        'native/cpu.cc',
        '<@(balloon_sources)',
        '<@(addon_sources)',
      ],
      'variables': {
        # What knows neither Node nor threads.
        'balloon_sources': [
          'native/arena.cc',
          'native/backdoor.cc',
          'native/balloon.cc',
          'native/balloon_offers.cc',
          'native/capability.cc',
          'native/failure.cc',
          'native/file.cc',
          'native/frames.cc',
          'native/guest_memory.cc',
          'native/huge_pages.cc',
          'native/io_permission.cc',
          'native/measure.cc',
          'native/mlock_pins.cc',
          'native/offers.cc',
          'native/page_pool.cc',
          'native/rights.cc',
          'native/runs.cc',
          'native/uring.cc',
          'native/uring_pins.cc',
          'native/zone_info.cc',
        ],
      },
      'cflags_cc': ['-include', '<(module_root_dir)/native/portable.h', '-isystem', '<!(node -p "path.dirname(require.resolve(\'node-addon-api/package.json\'))")'],
      'defines': ['NAPI_VERSION=8', 'NAPI_DISABLE_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      # Its handlers of signals must not be unmapped.
      'ldflags': ['-Wl,-z,nodelete'],
    },
    {
      'target_name': 'strict-host',
      'type': 'executable',
      'sources': ['<@(strict_host_sources)'],
    },
  ],
}
