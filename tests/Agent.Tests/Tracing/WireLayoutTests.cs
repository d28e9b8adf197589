using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sonde.Tracing.Probes;

namespace Sonde.Tests.Tracing;

/// <summary>Compiles bpf/wire.h and holds the C# side against what the compiler says, member by member.</summary>
public sealed class WireLayoutTests
{
    [Fact]
    public void Every_struct_and_constant_of_wire_h_has_the_same_layout_in_csharp()
    {
        var expected = Compiled();

        Assert.Equal(expected, string.Join('\n', Described()));
    }

    private static IEnumerable<string> Described()
    {
        var plan = default(WirePlan);
        yield return $"plan {Unsafe.SizeOf<WirePlan>()} record_size {At(ref plan, ref plan.RecordSize)} argument_mask {At(ref plan, ref plan.ArgumentMask)} return_index {At(ref plan, ref plan.ReturnIndex)} send {At(ref plan, ref plan.Send)} return_bits {At(ref plan, ref plan.ReturnBits)} stacks {At(ref plan, ref plan.Stacks)} alone {At(ref plan, ref plan.Alone)} part {At(ref plan, ref plan.Part)} most_kept {At(ref plan, ref plan.MostKept)} filter {At(ref plan, ref plan.Filter)} conditions {At(ref plan, ref plan.Conditions)} pair {At(ref plan, ref plan.Pair)} dns {At(ref plan, ref plan.Dns)} socket_protocol {At(ref plan, ref plan.SocketProtocol)} any_call {At(ref plan, ref plan.AnyCall)} key {At(ref plan, ref plan.Key)} fetches {At(ref plan, ref plan.Fetches)}";

        var fetch = default(WireFetch);
        yield return $"fetch {Unsafe.SizeOf<WireFetch>()} flags {At(ref fetch, ref fetch.Flags)} derefs {At(ref fetch, ref fetch.Derefs)} source {At(ref fetch, ref fetch.Source)} out {At(ref fetch, ref fetch.Out)} size {At(ref fetch, ref fetch.Size)} length_source {At(ref fetch, ref fetch.LengthSource)} offsets {At(ref fetch, ref fetch.Offsets)}";

        var filter = default(WireFilter);
        yield return $"filter {Unsafe.SizeOf<WireFilter>()} uid {At(ref filter, ref filter.Uid)} agent_pid {At(ref filter, ref filter.AgentPid)} pid_namespace {At(ref filter, ref filter.PidNamespace)} cgroup_level {At(ref filter, ref filter.CgroupLevel)} cgroup {At(ref filter, ref filter.Cgroup)} min_latency_ns {At(ref filter, ref filter.MinLatencyNs)} comm {At(ref filter, ref filter.Comm)}";

        var condition = default(WireCondition);
        yield return $"condition {Unsafe.SizeOf<WireCondition>()} size {At(ref condition, ref condition.Size)} differs {At(ref condition, ref condition.Differs)} value {At(ref condition, ref condition.Value)}";

        var pair = default(WirePair);
        yield return $"pair {Unsafe.SizeOf<WirePair>()} by_cpu {At(ref pair, ref pair.ByCpu)} out {At(ref pair, ref pair.Out)} size {At(ref pair, ref pair.Size)} mark_out {At(ref pair, ref pair.MarkOut)} entry {At(ref pair, ref pair.Entry)} exit {At(ref pair, ref pair.Exit)} mark {At(ref pair, ref pair.Mark)} result {At(ref pair, ref pair.Result)} result_at {At(ref pair, ref pair.ResultAt)} conditions {At(ref pair, ref pair.Conditions)}";

        var packet = default(WirePacket);
        yield return $"packet {Unsafe.SizeOf<WirePacket>()} protocol {At(ref packet, ref packet.Protocol)} network {At(ref packet, ref packet.Network)} ports {At(ref packet, ref packet.Ports)}";

        var dnsPlan = default(WireDnsPlan);
        yield return $"dns_plan {Unsafe.SizeOf<WireDnsPlan>()} out {At(ref dnsPlan, ref dnsPlan.Out)} name_at {At(ref dnsPlan, ref dnsPlan.NameAt)} vectors_at {At(ref dnsPlan, ref dnsPlan.VectorsAt)} has_buffers {At(ref dnsPlan, ref dnsPlan.HasBuffers)} vectors_mask {At(ref dnsPlan, ref dnsPlan.VectorsMask)}";

        var question = default(WireQuestion);
        yield return $"question {Unsafe.SizeOf<WireQuestion>()} length {At(ref question, ref question.Length)} flags {At(ref question, ref question.Flags)} at {At(ref question, ref question.At)} payload {At(ref question, ref question.Payload)}";

        var dns = default(WireDns);
        yield return $"dns {Unsafe.SizeOf<WireDns>()} count {At(ref dns, ref dns.Count)} answered {At(ref dns, ref dns.Answered)} questions {At(ref dns, ref dns.Questions)}";

        var control = default(WireControl);
        yield return $"control {Unsafe.SizeOf<WireControl>()} slow_ns {At(ref control, ref control.SlowNs)} kept {At(ref control, ref control.Kept)} open {At(ref control, ref control.Open)} quiet {At(ref control, ref control.Quiet)}";

        var counters = default(WireCounters);
        yield return $"counters {Unsafe.SizeOf<WireCounters>()} lost {At(ref counters, ref counters.Lost)} unjudged {At(ref counters, ref counters.Unjudged)} run {At(ref counters, ref counters.Run)} latency_max_ns {At(ref counters, ref counters.LatencyMaxNs)} scratch {At(ref counters, ref counters.Scratch)} common {At(ref counters, ref counters.Common)} reserve {At(ref counters, ref counters.Reserve)} latency {At(ref counters, ref counters.Latency)}";

        var run = default(WireRun);
        yield return $"run {Unsafe.SizeOf<WireRun>()} most {At(ref run, ref run.Most)} began_ns {At(ref run, ref run.BeganNs)} second {At(ref run, ref run.Second)} pid {At(ref run, ref run.Pid)}";

        var process = default(WireProcessCount);
        yield return $"process_count {Unsafe.SizeOf<WireProcessCount>()} comm {At(ref process, ref process.Comm)}";

        var part = default(WireKeyPart);
        yield return $"key_part {Unsafe.SizeOf<WireKeyPart>()} size {At(ref part, ref part.Size)} fetch {At(ref part, ref part.Fetch)} varies {At(ref part, ref part.Varies)}";

        var keyPlan = default(WireKeyPlan);
        yield return $"key_plan {Unsafe.SizeOf<WireKeyPlan>()} fetches {At(ref keyPlan, ref keyPlan.Fetches)} by_process {At(ref keyPlan, ref keyPlan.ByProcess)} parts {At(ref keyPlan, ref keyPlan.Parts)}";

        var group = default(WireKey);
        yield return $"key {Unsafe.SizeOf<WireKey>()} part {At(ref group, ref group.Part)} fetched {At(ref group, ref group.Fetched)} error {At(ref group, ref group.Error)} bytes {At(ref group, ref group.Bytes)}";

        var keyCount = default(WireKeyCount);
        yield return $"key_count {Unsafe.SizeOf<WireKeyCount>()} errors {At(ref keyCount, ref keyCount.Errors)} returned {At(ref keyCount, ref keyCount.Returned)} latency_sum_ns {At(ref keyCount, ref keyCount.LatencySumNs)} latency_max_ns {At(ref keyCount, ref keyCount.LatencyMaxNs)}";

        var key = default(WireCallKey);
        yield return $"call_key {Unsafe.SizeOf<WireCallKey>()} frame {At(ref key, ref key.Frame)} part {At(ref key, ref key.Part)}";

        var stack = default(WireStackKey);
        yield return $"stack_key {Unsafe.SizeOf<WireStackKey>()} kernel {At(ref stack, ref stack.Kernel)} user {At(ref stack, ref stack.User)}";

        var frame = default(WireUserFrame);
        yield return $"user_frame {Unsafe.SizeOf<WireUserFrame>()} build_id {At(ref frame, ref frame.BuildId)} offset {At(ref frame, ref frame.Offset)}";

        var record = default(WireRecord);
        yield return $"record {Unsafe.SizeOf<WireRecord>()} ret {At(ref record, ref record.Ret)} pid {At(ref record, ref record.Pid)} host_pid {At(ref record, ref record.HostPid)} uid {At(ref record, ref record.Uid)} program {At(ref record, ref record.Program)} flags {At(ref record, ref record.Flags)} cpu {At(ref record, ref record.Cpu)} part {At(ref record, ref record.Part)} comm {At(ref record, ref record.Comm)} fetched {At(ref record, ref record.Fetched)}";

        yield return $"kinds {(int)FetchKind.Bytes} {(int)FetchKind.String} {(int)FetchKind.Dynamic} {(int)FetchKind.Relative} {(int)FetchKind.Argv} {(int)FetchKind.Task} {(int)FetchKind.File} {(int)FetchKind.Path} {(int)FetchKind.Dentry} {(int)FetchKind.Packet}";
        yield return $"flags {(int)FetchFlags.User} {(int)FetchFlags.Retry} {(int)FetchFlags.Either} {(int)FetchFlags.Late}";
        yield return $"filters {(uint)FilterSet.Pid} {(uint)FilterSet.Tid} {(uint)FilterSet.Ppid} {(uint)FilterSet.Comm} {(uint)FilterSet.Uid} {(uint)FilterSet.Cgroup} {(uint)FilterSet.MinLatency} {(uint)FilterSet.Errors} {(uint)FilterSet.NotAgent}";
        yield return $"send {(uint)SendMode.None} {(uint)SendMode.Sample} {(uint)SendMode.All}";
        yield return $"record_flags {(int)RecordFlags.Returned} {(int)RecordFlags.Superseded} {(int)RecordFlags.InFlight} {(int)RecordFlags.Sent} {(int)RecordFlags.Kept} {(int)RecordFlags.Named} {(int)RecordFlags.ReturnMissed}";
        yield return $"pairs {(int)PairKind.None} {(int)PairKind.Call} {(int)PairKind.Fields}";
        yield return $"stacks {Wire.Stacks} {Wire.StackDepth} {Wire.BuildId} {(int)FrameStatus.BuildId} {(int)FrameStatus.Address}";
        yield return $"dns {(int)DnsFrom.Buffer} {(int)DnsFrom.Vectors} {(int)DnsFrom.Message} {(int)DnsFrom.Messages} {(int)DnsFrom.Function} {Wire.DnsQuestions} {Wire.DnsSize}";
        yield return $"limits {Wire.MaxFetches} {Wire.MaxDerefs} {Wire.MaxData} {Wire.Comm} {Wire.Seconds} {Wire.LatencySlots} {Wire.ArgvCount} {Wire.ArgvSize} {Wire.PathSize} {Wire.PathCut} {Wire.MaxConditions} {Wire.NoOffset} {Wire.KeyParts} {Wire.MaxKey}";
    }

    private static long At<TStruct, TField>(ref TStruct whole, ref TField field) =>
        Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref whole), ref Unsafe.As<TField, byte>(ref field));

    private static string Compiled()
    {
        var folder = Directory.CreateTempSubdirectory("sonde-wire-").FullName;
        try
        {
            var source = Path.Combine(folder, "wire.c");
            File.WriteAllText(source, $$"""
                #include <stddef.h>
                #include <stdio.h>
                #include <linux/types.h>
                #include "{{Path.Combine(RepositoryRoot(), "bpf", "wire.h")}}"
                #define F(s, f) printf(" " #f " %zu", offsetof(struct sonde_##s, f))
                #define S(s) printf(#s " %zu", sizeof(struct sonde_##s))
                int main(void)
                {
                    S(plan); F(plan, record_size); F(plan, argument_mask); F(plan, return_index); F(plan, send); F(plan, return_bits); F(plan, stacks); F(plan, alone); F(plan, part); F(plan, most_kept); F(plan, filter); F(plan, conditions); F(plan, pair); F(plan, dns); F(plan, socket_protocol); F(plan, any_call); F(plan, key); F(plan, fetches); puts("");
                    S(fetch); F(fetch, flags); F(fetch, derefs); F(fetch, source); F(fetch, out); F(fetch, size); F(fetch, length_source); F(fetch, offsets); puts("");
                    S(filter); F(filter, uid); F(filter, agent_pid); F(filter, pid_namespace); F(filter, cgroup_level); F(filter, cgroup); F(filter, min_latency_ns); F(filter, comm); puts("");
                    S(condition); F(condition, size); F(condition, differs); F(condition, value); puts("");
                    S(pair); F(pair, by_cpu); F(pair, out); F(pair, size); F(pair, mark_out); F(pair, entry); F(pair, exit); F(pair, mark); F(pair, result); F(pair, result_at); F(pair, conditions); puts("");
                    S(packet); F(packet, protocol); F(packet, network); F(packet, ports); puts("");
                    S(dns_plan); F(dns_plan, out); F(dns_plan, name_at); F(dns_plan, vectors_at); F(dns_plan, has_buffers); F(dns_plan, vectors_mask); puts("");
                    S(question); F(question, length); F(question, flags); F(question, at); F(question, payload); puts("");
                    S(dns); F(dns, count); F(dns, answered); F(dns, questions); puts("");
                    S(control); F(control, slow_ns); F(control, kept); F(control, open); F(control, quiet); puts("");
                    S(counters); F(counters, lost); F(counters, unjudged); F(counters, run); F(counters, latency_max_ns); F(counters, scratch); F(counters, common); F(counters, reserve); F(counters, latency); puts("");
                    S(run); F(run, most); F(run, began_ns); F(run, second); F(run, pid); puts("");
                    S(process_count); F(process_count, comm); puts("");
                    S(key_part); F(key_part, size); F(key_part, fetch); F(key_part, varies); puts("");
                    S(key_plan); F(key_plan, fetches); F(key_plan, by_process); F(key_plan, parts); puts("");
                    S(key); F(key, part); F(key, fetched); F(key, error); F(key, bytes); puts("");
                    S(key_count); F(key_count, errors); F(key_count, returned); F(key_count, latency_sum_ns); F(key_count, latency_max_ns); puts("");
                    S(call_key); F(call_key, frame); F(call_key, part); puts("");
                    S(stack_key); F(stack_key, kernel); F(stack_key, user); puts("");
                    S(user_frame); F(user_frame, build_id); F(user_frame, offset); puts("");
                    S(record); F(record, ret); F(record, pid); F(record, host_pid); F(record, uid); F(record, program); F(record, flags); F(record, cpu); F(record, part); F(record, comm); F(record, fetched); puts("");
                    printf("kinds %d %d %d %d %d %d %d %d %d %d\n", SONDE_FETCH_BYTES, SONDE_FETCH_STRING, SONDE_FETCH_DYNAMIC, SONDE_FETCH_RELATIVE, SONDE_FETCH_ARGV, SONDE_FETCH_TASK, SONDE_FETCH_FILE, SONDE_FETCH_PATH, SONDE_FETCH_DENTRY, SONDE_FETCH_PACKET);
                    printf("flags %d %d %d %d\n", SONDE_FETCH_USER, SONDE_FETCH_RETRY, SONDE_FETCH_EITHER, SONDE_FETCH_LATE);
                    printf("filters %d %d %d %d %d %d %d %d %d\n", SONDE_FILTER_PID, SONDE_FILTER_TID, SONDE_FILTER_PPID, SONDE_FILTER_COMM, SONDE_FILTER_UID, SONDE_FILTER_CGROUP, SONDE_FILTER_MIN_LATENCY, SONDE_FILTER_ERRORS, SONDE_FILTER_NOT_AGENT);
                    printf("send %d %d %d\n", SONDE_SEND_NONE, SONDE_SEND_SAMPLE, SONDE_SEND_ALL);
                    printf("record_flags %d %d %d %d %d %d %d\n", SONDE_RECORD_RETURNED, SONDE_RECORD_SUPERSEDED, SONDE_RECORD_IN_FLIGHT, SONDE_RECORD_SENT, SONDE_RECORD_KEPT, SONDE_RECORD_NAMED, SONDE_RECORD_RETURN_MISSED);
                    printf("pairs %d %d %d\n", SONDE_PAIR_NONE, SONDE_PAIR_CALL, SONDE_PAIR_FIELDS);
                    printf("stacks %d %d %zu %d %d\n", SONDE_STACKS, SONDE_STACK_DEPTH, sizeof(((struct sonde_user_frame *)0)->build_id), SONDE_FRAME_BUILD_ID, SONDE_FRAME_ADDRESS);
                    printf("dns %d %d %d %d %d %d %d\n", SONDE_DNS_BUFFER, SONDE_DNS_VECTORS, SONDE_DNS_MESSAGE, SONDE_DNS_MESSAGES, SONDE_DNS_FUNCTION, SONDE_DNS_QUESTIONS, SONDE_DNS_SIZE);
                    printf("limits %d %d %d %d %d %d %d %d %d %d %d %d %d %d\n", SONDE_MAX_FETCHES, SONDE_MAX_DEREFS, SONDE_MAX_DATA, SONDE_COMM, SONDE_SECONDS, SONDE_LATENCY_SLOTS, SONDE_ARGV_COUNT, SONDE_ARGV_SIZE, SONDE_PATH_SIZE, SONDE_PATH_CUT, SONDE_MAX_CONDITIONS, SONDE_NO_OFFSET, SONDE_KEY_PARTS, SONDE_MAX_KEY);
                    return 0;
                }
                """);
            var binary = Path.Combine(folder, "wire");
            Run("gcc", "-o", binary, source);
            return Run(binary).TrimEnd();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} failed: {errors.Result}");
        return output;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Agent.csproj")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("the tests run outside the repository");
    }
}
