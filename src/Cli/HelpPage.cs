using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Sonde.Cli;

/// <summary>Help that teaches: usage and options, then examples, what the environment says and what the exit code means.</summary>
internal sealed class HelpPage(HelpAction usage) : SynchronousCommandLineAction
{
    private const string Environment = """
        Environment:
          NANNYAPI_ENDPOINT  the gateway, for example http://localhost:3000/openai/v1
          NANNYAPI_MODEL     the model, for example tensorzero::function_name::diagnose_and_heal
          NANNYAPI_KEY       its key, sent as a Bearer token
          OPENAI_BASE_URL, OPENAI_MODEL, OPENAI_API_KEY
                             serve where the NANNYAPI_ ones are unset
          NO_COLOR           no colours in the report
          Options win over the environment. With neither a gateway nor a model named, the built-in playbooks answer.
        """;

    private const string ExitCodes = """
        Exit codes:
          0  done; a diagnosis: resolved
          1  failed
          2  wrong usage or invalid input
          3  partial: a bound was hit, it was interrupted, or the model is gone
          4  privileges or the kernel don't allow the main job
        """;

    private const string Filters = """
        Filters are applied in the kernel. --comm compares with the name of the thread and of its process;
        --min-latency-us and --errors-only need a probe that sees the return of a call.

        With --json each event is one line, and the last line is {"result": …}: the program's result as in the contract,
        with exact counts, statistics and a sample of the events.
        """;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = usage.Invoke(parseResult);
        foreach (var section in Sections(parseResult.CommandResult.Command))
        {
            Console.Out.WriteLine(section);
            Console.Out.WriteLine();
        }

        return code;
    }

    private static string[] Sections(Command command) => command.Name switch
    {
        "diagnose" =>
        [
            """
            Examples:
              sudo sonde diagnose "my app cannot connect to its database on 127.0.0.1:5999"
              sudo sonde diagnose --model gpt-x --endpoint https://gateway.example/v1 "the disk is busy and nobody knows why"
              sudo sonde diagnose --model builtin --json "the web server restarts every minute" > report.json
            """,
            Environment,
            ExitCodes,
        ],
        "execute" =>
        [
            """
            Examples:
              sudo sonde execute plan.json > results.json
              echo '{"response_type":"diagnostic","commands":["uptime"]}' | sonde execute -
            """,
            "Results go to stdout as one JSON document, everything else to stderr. Programs and commands that fail are\npart of the results and don't change the exit code.",
            ExitCodes,
        ],
        "trace" =>
        [
            """
            Examples:
              sudo sonde trace tracepoint syscalls/sys_enter_openat --comm nginx -d 10
              sudo sonde trace kprobe:tcp_connect
              sudo sonde trace kretprobe vfs_read --min-latency-us 10000 --json
            """,
            Filters,
            ExitCodes,
        ],
        "list" =>
        [
            """
            Examples:
              sudo sonde list 'tcp_*'
              sudo sonde list tracepoint:sock
              sudo sonde list kprobe:vfs_read
            """,
        ],
        "check" => [Environment, "Exit code 0 when a diagnosis can run here, 1 when it can't."],
        "tensorzero" =>
        [
            """
            Example:
              sonde tensorzero ./gateway && less ./gateway/README.md
            """,
        ],
        "prompt" or "schema" => [],
        _ =>
        [
            """
            Examples:
              sudo sonde check
              sudo sonde diagnose "my app cannot connect to its database on 127.0.0.1:5999"
              sudo sonde trace kprobe:tcp_connect -d 10
            """,
            Environment,
            ExitCodes,
        ],
    };
}
