"""Runs a program for which system calls fail with EPERM, as under a service manager's filter.

    python3 deny-syscalls.py NUMBER[,NUMBER...] PROGRAM [ARGUMENT...]
"""
import ctypes
import os
import struct
import sys

LOAD_NUMBER, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL_WITH_EPERM = 0x7FFF0000, 0x00050001
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2

numbers = [int(number) for number in sys.argv[1].split(",")]
code = [(LOAD_NUMBER, 0, 0, 0)]
code += [(IF_EQUAL, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
code += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL_WITH_EPERM)]
text = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *instruction) for instruction in code))


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
program = Program(len(code), ctypes.addressof(text))
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
