# Prints the reference driver's text, made to fit where it is compiled. Its policy is not touched.
#
#   -v backdoor=FUNCTION       the macro of the port instruction calls FUNCTION(command, argument, &result) instead
#   -v values="NAME=VALUE …"   constants, named without VMW_BALLOON_, have other values
#   -v variables=PREFIX        constants are variables declared elsewhere: PREFIX and the constant's name in the labs,
#                              such as alloc_max for VMW_BALLOON_RATE_ALLOC_MAX
#   -v parameters=1            constants are parameters of the module, with the same names
#   -v plain=1                 the text stands alone: without the kernel's headers

BEGIN {
	prefix = "VMW_BALLOON_"
	count = split(values, pairs, " ")
	for (i = 1; i <= count; i++) {
		if (pairs[i] !~ /^[A-Z_]+=[0-9]+$/)
			fail("expected CONSTANT=VALUE, found " pairs[i])
		split(pairs[i], pair, "=")
		value[prefix pair[1]] = pair[2]
	}
	if (backdoor)
		print "extern unsigned long " backdoor "(int command, unsigned long argument, unsigned long *result);"
}

# The macro of several lines ends with the only line that is `})`.
backdoor && /^#define VMWARE_BALLOON_CMD\(/ {
	print "#define VMWARE_BALLOON_CMD(cmd, data, result) " \
		backdoor "(VMW_BALLOON_CMD_##cmd, (unsigned long)(data), &(result))"
	inside = replaced = 1
	next
}
inside {
	if ($0 == "})")
		inside = 0
	next
}

/^#define VMW_BALLOON_/ && ($2 in value) {
	print "#define " $2 " " value[$2] "U"
	seen[$2] = 1
	next
}

(variables || parameters) && /^#define VMW_BALLOON_.*_(MAX|MIN|INC|CYCLES|THRESHOLD|REFUSED) [0-9]+U?$/ {
	name = tolower(substr($2, length(prefix) + 1))
	sub(/^rate_/, "", name)
	if (variables) {
		print "extern unsigned int " variables name ";"
		print "#define " $2 " " variables name
	} else {
		print "static unsigned int c_" name " = " $3 ";"
		print "#define " $2 " c_" name
		registered = registered "module_param_named(" name ", c_" name ", uint, 0444);\n"
	}
	next
}

plain && /^#include </ { next }

{ print }

END {
	if (failed)
		exit 1
	for (name in value)
		if (!(name in seen))
			fail("the driver has no constant " substr(name, length(prefix) + 1))
	if (backdoor && !replaced)
		fail("the driver's text has no backdoor macro")
	printf "%s", registered
}

function fail(message) {
	print "adapt.awk: " message > "/dev/stderr"
	failed = 1
	exit 1
}
