using System.Net;
using Sonde.Playbooks;

namespace Sonde.Tests.Playbooks;

public sealed class IssueFactsTests
{
    [Theory]
    [InlineData("cannot connect to its database on 127.0.0.1:5999", 5999)]
    [InlineData("nothing answers on port 8081", 8081)]
    [InlineData("the listener at :9090 is gone", 9090)]
    [InlineData("postgres://app:secret@db.internal:5432/orders fails", 5432)]
    [InlineData("[::1]:6379 refuses", 6379)]
    [InlineData("cache-1:11211 is down.", 11211)]
    public void A_port_is_found(string issue, int port) => Assert.Equal([port], IssueFacts.Read(issue).Ports);

    [Theory]
    [InlineData("it broke at 12:30")]
    [InlineData("since 10:15:20 it fails")]
    [InlineData("version 1.2.3 is slow")]
    [InlineData("port 99999 is no port")]
    public void A_time_or_a_version_is_no_port(string issue) => Assert.Empty(IssueFacts.Read(issue).Ports);

    [Fact]
    public void Addresses_and_hosts_are_told_apart()
    {
        var facts = IssueFacts.Read("10.1.2.3:80 and https://api.example.com/v1/users time out, db-1:5432 too");

        Assert.Equal([IPAddress.Parse("10.1.2.3")], facts.Addresses);
        Assert.Equal(["db-1", "api.example.com"], facts.Hosts);
        Assert.Equal([80, 5432], facts.Ports);
        Assert.Empty(facts.Paths);
    }

    [Fact]
    public void Paths_and_file_names_are_found_without_the_sentence_around_them()
    {
        var facts = IssueFacts.Read("orders can't read /etc/orders/orders.yaml, nor '/var/lib/orders'. Perhaps settings.toml is wrong and/or missing?");

        Assert.Equal(["/etc/orders/orders.yaml", "/var/lib/orders"], facts.Paths);
        Assert.Equal(["settings.toml"], facts.FileNames);
        Assert.Empty(facts.Hosts);
    }

    [Theory]
    [InlineData("process 1234 is stuck")]
    [InlineData("pid 1234 is stuck")]
    [InlineData("it is stuck (PID: 1234)")]
    public void A_process_id_is_found(string issue) => Assert.Equal([1234], IssueFacts.Read(issue).Pids);

    [Fact]
    public void A_process_is_named_by_its_whole_name_or_the_part_that_the_kernel_keeps()
    {
        var facts = IssueFacts.Read("My order-processing-service can't reach redis, find out why");

        Assert.True(facts.Names("order-processin"));
        Assert.True(facts.Names("redis"));
        Assert.False(facts.Names("order"));
        Assert.False(facts.Names("find"));
    }

    [Theory]
    [InlineData("the billing page shows an error", "billing-api", true)]
    [InlineData("indexing takes ages", "indexer", true)]
    [InlineData("replication crawls", "replicator", true)]
    [InlineData("our system is down", "systemd", false)]
    [InlineData("reports are late", "cron", false)]
    [InlineData("scans do not show up", "scand", true)]
    [InlineData("each need is met", "feed", false)]
    public void A_name_may_resemble_a_word_of_the_issue(string issue, string name, bool resembles) => Assert.Equal(resembles, IssueFacts.Read(issue).Resembles(name));

    [Theory]
    [InlineData("the import of orders has not finished", "/var/lib/orders.lck", true)]
    [InlineData("billing cannot be started", "/srv/billing/tariffs.json", true)]
    [InlineData("no local port is left", "/usr/local/lib/libm.so", false)]
    [InlineData("users share a printer", "/usr/share/zoneinfo", false)]
    public void A_path_may_resemble_a_word_of_the_issue_but_for_folders_that_every_host_has(string issue, string path, bool resembles) =>
        Assert.Equal(resembles, IssueFacts.Read(issue).ResemblesPath(path));

    [Theory]
    [InlineData("python3 /opt/shop/inventory.py --fast", true)]
    [InlineData("java -jar inventory.jar", true)]
    [InlineData("python3 /opt/shop/server.py", false)]
    public void A_script_is_named_by_its_file(string arguments, bool named) => Assert.Equal(named, IssueFacts.Read("the inventory page only shows an error").NamesCommandLine(arguments));

    [Fact]
    public void A_file_is_named_by_its_path_a_folder_above_or_its_name()
    {
        var facts = IssueFacts.Read("can't load app.ini from /srv/shop");

        Assert.True(facts.NamesFile("/srv/shop/conf/main.xml"));
        Assert.True(facts.NamesFile("/opt/x/app.ini"));
        Assert.False(facts.NamesFile("/srv/shopping/a"));
        Assert.False(facts.NamesFile("/opt/x/myapp.ini"));
    }
}
