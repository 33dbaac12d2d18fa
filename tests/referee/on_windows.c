/* The program around a client on Windows: load its library, say "call" on stdout, check out feature PTS, say "end". */

#include <stdio.h>
#include <windows.h>

typedef int(__stdcall *make_environment)(void **, const char *);
typedef int(__stdcall *check_out)(void *, int);

int main(int count, char **arguments) {
    void *environment = NULL;
    HMODULE library = count == 2 ? LoadLibraryExA(arguments[1], NULL, LOAD_WITH_ALTERED_SEARCH_PATH) : NULL;
    if (library == NULL) {
        printf("cannot load the library: error %lu\n", GetLastError());
        return 1;
    }
    make_environment make = (make_environment)(void *)GetProcAddress(library, "MSK_makeenv");
    check_out check = (check_out)(void *)GetProcAddress(library, "MSK_checkoutlicense");
    if (make == NULL || check == NULL || make(&environment, NULL) != 0) {
        puts("the library has no client");
        return 1;
    }
    puts("call");
    fflush(stdout);
    check(environment, 0);
    puts("end");
    return 0;
}
