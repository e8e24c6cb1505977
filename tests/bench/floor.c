// The least that a program in our place does: block, become subreaper, vfork, exec, wait, forward.
// No option, no policy, no message: how low the figures of any PID 1 can go.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return 125;
    const pid_t child = vfork();
    if (child == 0) {
        setpgid(0, 0);
        sigprocmask(SIG_SETMASK, &before, 0);
        execve(argv[1], argv + 1, environ);
        _exit(127);
    }
    for (;;) {
        siginfo_t info;
        const int signal = sigwaitinfo(&all, &info);
        if (signal != SIGCHLD && signal > 0)
            kill(child, signal);
        int status;
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
            if (pid == child)
                return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
    }
}
