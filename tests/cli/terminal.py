# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# terminal.py - run a command on a terminal of its own: terminal.py COLUMNS COMMAND..., its output without carriage returns
import fcntl, os, pty, struct, sys, termios

pid, terminal = pty.fork()
if not pid:
	fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
	os.execvp(sys.argv[2], sys.argv[2:])
while True:
	try:
		piece = os.read(terminal, 65536)
	except OSError:  # EIO: nobody has it open any longer
		break
	if not piece:
		break
	sys.stdout.buffer.write(piece.replace(b"\r", b""))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
