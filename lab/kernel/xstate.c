/* SPDX-License-Identifier: GPL-2.0-only
 * The lab's own end of arch/x86/um/os-Linux/registers.c. A host's kernel takes a process's whole extended state or nothing,
 * and on processors with AMX that is more than User-Mode Linux has room for: it would not boot. What it does not know of
 * the state is left as it was. build.sh has renamed the function that was here to restore_known_fp_registers().
 */
#include <string.h>

int restore_fp_registers(int pid, unsigned long *fp_regs)
{
	static unsigned long whole[4096];
	struct iovec state = { .iov_base = whole, .iov_len = sizeof(whole) };
	size_t known = FP_SIZE * sizeof(unsigned long);
	int error = restore_known_fp_registers(pid, fp_regs);

	if (error == 0 || !have_xstate_support)
		return error;
	if (ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &state) < 0)
		return -errno;
	/* iov_len is now the size of the host's state. */
	memcpy(whole, fp_regs, known < state.iov_len ? known : state.iov_len);
	if (ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &state) < 0)
		return -errno;
	return 0;
}
