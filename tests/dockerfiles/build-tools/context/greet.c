#include <stdio.h>
#include <time.h>

int main(void)
{
	time_t now = time(NULL);
	char text[32];

	strftime(text, sizeof text, "%H:%M", localtime(&now));
	printf("Hello, it is %s.\n", text);
	return 0;
}
