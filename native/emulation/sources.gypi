# What the emulated hosts are made of; paths from the repository's root.
{
  'variables': {
    'emulation_host_sources': [
      'native/emulation/script.cc',
      'native/emulation/host_state.cc',
      'native/emulation/host.cc',
    ],
    'addon_sources': [
      '<@(emulation_host_sources)',
      'native/emulation/port_trap.cc',
      'native/emulation/own_frames.cc',
      'native/emulation/in_process.cc',
    ],
    'strict_host_sources': [
      '<@(emulation_host_sources)',
      'native/backdoor.cc',
      'native/emulation/strict/guest_pages.cc',
      'native/emulation/strict/start_guest.cc',
      'native/emulation/strict/tracer.cc',
      'native/emulation/strict/main.cc',
    ],
  },
}
