// SPDX-License-Identifier: MIT
/* Threads that all need one lock, each of which sleeps while it holds it. */
#include "scenario.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *milliseconds)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		usleep(*(int *)milliseconds * 1000);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int hold = argc > 2 ? atoi(argv[2]) : 10;

	if (argc < 3)
		return usage("locks THREADS MILLISECONDS");
	for (int i = 0; i < atoi(argv[1]); i++) {
		pthread_t thread;

		pthread_create(&thread, NULL, work, &hold);
	}
	while (go_on())
		;
	return 0;
}
