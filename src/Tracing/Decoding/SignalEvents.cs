using Sonde.Kernel;

namespace Sonde.Tracing.Decoding;

/// <summary>Signals by name: which, why, and whether it arrived.</summary>
internal static class SignalEvents
{
    // enum of include/trace/events/signal.h.
    private static readonly string[] Results = ["delivered", "ignored", "already_pending", "overflow_fail", "lose_info"];

    private static readonly Dictionary<string, string[]> Reasons = new()
    {
        ["SIGCHLD"] = ["CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"],
        ["SIGSEGV"] = ["SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR", "SEGV_PKUERR"],
        ["SIGBUS"] = ["BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO"],
        ["SIGFPE"] = ["FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV", "FPE_FLTOVF", "FPE_FLTUND", "FPE_FLTRES", "FPE_FLTINV", "FPE_FLTSUB"],
        ["SIGILL"] = ["ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR", "ILL_ILLTRP", "ILL_PRVOPC", "ILL_PRVREG", "ILL_COPROC", "ILL_BADSTK"],
        ["SIGTRAP"] = ["TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT"],
        ["SIGSYS"] = ["SYS_SECCOMP"],
    };

    /// <summary>A signal that is generated or delivered.</summary>
    public static void AddNames(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (format?.Field("sig") is not { } signal)
        {
            return;
        }

        var (code, result) = (format.Field("code"), format.Field("result"));
        layout.KeyFields = ["signal"];
        layout.KeySource("signal", signal.Offset, signal.Size);
        layout.Decode((raw, data) =>
        {
            data.Remove("sig");
            data["signal"] = Signals.Name((int)raw.Integer(signal.Offset, signal.Size, signed: true));
            if (code is not null)
            {
                data["code"] = CodeName((int)raw.Integer(code.Offset, code.Size, signed: true), (string?)data["signal"]);
            }

            if (result is not null && raw.Integer(result.Offset, result.Size, signed: true) is >= 0 and < 5 and var number)
            {
                data["result"] = Results[number];
            }

            if (data.Remove("errno", out var errno) && errno?.ToString() is not "0")
            {
                data["errno"] = errno;
            }
        });
    }

    /// <summary>Who sent it or why (uapi/asm-generic/siginfo.h); what has no name stays a number.</summary>
    /// <param name="code">The code.</param>
    /// <param name="signal">The signal by name: the kernel's own reasons are numbered for each.</param>
    internal static string CodeName(int code, string? signal) => code switch
    {
        0 => "SI_USER",
        0x80 => "SI_KERNEL",
        -1 => "SI_QUEUE",
        -2 => "SI_TIMER",
        -3 => "SI_MESGQ",
        -4 => "SI_ASYNCIO",
        -5 => "SI_SIGIO",
        -6 => "SI_TKILL",
        -7 => "SI_DETHREAD",
        -60 => "SI_ASYNCNL",
        _ when signal is not null && Reasons.GetValueOrDefault(signal) is { } names && code >= 1 && code <= names.Length => names[code - 1],
        _ => code.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
