// outcome: timed-out; at load
for (;;);
