using System.Globalization;
using System.Net;
using Sonde.Protocol;

namespace Sonde.Playbooks.Readings;

/// <summary>Where a connect went: <c>ip:port</c>, <c>[v6]:port</c> or the path of a unix socket.</summary>
internal readonly record struct Destination(IPAddress? Address, int Port, string? UnixPath)
{
    public static Destination? Parse(string text)
    {
        if (text.StartsWith('/') || text.StartsWith('@'))
        {
            return new Destination(null, 0, text);
        }

        var colon = text.LastIndexOf(':');
        return colon > 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && IPAddress.TryParse(text.AsSpan(0, colon).Trim("[]"), out var address)
                ? new Destination(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port, null)
                : null;
    }

    /// <summary>As the events write it.</summary>
    public override string ToString() => UnixPath ?? new IPEndPoint(Address!, Port).ToString();

    /// <summary>Whether this host itself would have to answer.</summary>
    public bool IsLocal(HostFacts host)
    {
        if (UnixPath is not null)
        {
            return true;
        }

        var address = Address;
        return address is not null
            && (IPAddress.IsLoopback(address)
                || address.Equals(IPAddress.Any)
                || address.Equals(IPAddress.IPv6Any)
                || (host.Addresses ?? []).Any(a => IPAddress.TryParse(a.Address.Split('/')[0], out var own) && own.Equals(address)));
    }

    /// <summary>Whether the issue names it: by its port where it names any port, else by the address.</summary>
    public bool IsNamedBy(IssueFacts facts) =>
        UnixPath is not null ? facts.NamesFile(UnixPath)
        : facts.Ports.Count > 0 ? facts.Ports.Contains(Port)
        : Address is not null && facts.Addresses.Contains(Address);

    /// <summary>What usually listens on this port, or null.</summary>
    public string? UsualService => Port switch
    {
        22 => "SSH",
        25 or 587 => "SMTP",
        53 => "DNS",
        80 or 8080 => "HTTP",
        389 => "LDAP",
        443 or 8443 => "HTTPS",
        1433 => "Microsoft SQL Server",
        1883 => "MQTT",
        2379 => "etcd",
        3306 => "MySQL or MariaDB",
        5432 => "PostgreSQL",
        5672 => "RabbitMQ",
        6379 => "Redis",
        8500 => "Consul",
        9042 => "Cassandra",
        9092 => "Kafka",
        9200 => "Elasticsearch or OpenSearch",
        11211 => "memcached",
        27017 => "MongoDB",
        _ => null,
    };
}
