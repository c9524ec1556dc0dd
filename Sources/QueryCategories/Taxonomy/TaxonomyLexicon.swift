/// Words and passages that the example utterances of all categories draw from, so that no topic speaks for a category.
///
/// Written for this project. One entry a line; `\n` in an entry is a line break.
enum TaxonomyLexicon {
    static let entries: [String: String] = [
        "topic": topics, "passage": passages, "language": languages, "program": programmingLanguages, "tech": tools,
        "snippet": snippets, "fault": faults, "persona": personas, "person": people, "genre": genres, "review": reviews,
        "task": programmingTasks, "place": places, "number": numbers, "hero": heroes, "sentence": sentences,
    ]

    static let topics = """
        the french revolution
        climate change
        black holes
        coffee
        a small bakery
        remote work
        electric cars
        the roman empire
        photosynthesis
        football
        machine learning
        the stock market
        mental health
        a lighthouse keeper
        renewable energy
        online dating
        inflation
        ancient egypt
        the human heart
        video games
        grandparents
        space travel
        minimalism
        social media
        the ocean
        a lost dog
        vaccines
        bitcoin
        the industrial revolution
        autumn
        friendship
        artificial intelligence in schools
        a haunted house
        yoga
        supply chains
        jazz
        the cold war
        a robot that learns to love
        fast fashion
        bees
        insomnia
        a family trip to japan
        customer loyalty
        wine
        volcanoes
        gender equality
        a new phone
        first love
        the water cycle
        cyber security
        chess
        public transport
        world war two
        chocolate
        gardening
        parenting
        immigration
        dinosaurs
        the moon
        a broken marriage
        plastic pollution
        basketball
        the immune system
        a dragon and a knight
        real estate
        quantum physics
        leadership
        the silk road
        cats
        my startup
        the digestive system
        homework
        a detective in london
        diabetes
        hiking boots
        school uniforms
        the solar system
        tea ceremonies
        marketing for restaurants
        dna
        winter sports
        a time traveller
        cheese
        student loans
        robots
        deforestation
        democracy
        the bermuda triangle
        skin care
        human resources
        protein shakes
        opera
        a pirate ship
        the periodic table
        nursing
        tourism in morocco
        steel bridges
        a wedding
        hydraulic pumps
        airport security
        """

    static let passages = #"""
        The city council voted on Tuesday to close the old harbour road to cars. Shop owners fear fewer customers, while residents hope for cleaner air. The closure starts in May and will be reviewed after a year.
        Mitochondria produce most of the chemical energy a cell needs. They have their own DNA and divide independently of the cell. Defects in them cause a range of rare diseases.
        Anna moved to Oslo in 2016 to work for a shipping company. Two years later she opened a small bookshop near the station, which now employs five people.
        Revenue for the quarter rose 12 percent to $4.3 million, mainly because of new subscriptions in Europe. Costs grew more slowly, and the company expects to be profitable by the end of next year.
        Hi team, the meeting moved from Monday to Wednesday at 10. Please send me your slides by Tuesday noon. Mark cannot attend, so Julia will present the budget. Best, Tom
        The storm reached the coast shortly after midnight, tearing roofs from houses and leaving 40,000 homes without power. Officials said that repairs could take a week.
        Lena: are you coming tonight?\nPaul: maybe, i have to work until 8\nLena: ok, we start at 9 anyway\nPaul: great, should i bring something?\nLena: just drinks!
        Honey bees communicate the direction and the distance of food by a dance. The angle of the dance to the vertical matches the angle of the food to the sun.
        The tenant shall pay the rent on the first day of each month. If payment is more than ten days late, the landlord may charge a fee of fifty dollars.
        Born in Lyon in 1902, the painter spent most of her life in Buenos Aires. Her work was almost forgotten until a museum in Chicago showed it in 1988.
        Researchers followed 2,300 adults over ten years and found that those who slept less than six hours had a higher risk of heart disease. The study does not show that short sleep is the cause.
        Good morning everyone and welcome back to the channel. Today we are going to look at three ways to grow tomatoes on a balcony, what soil you need, and the mistakes I made last year.
        The printer arrived broken, and when I called support nobody answered for forty minutes. In the end they sent a new one, which works well.
        He scored twice in the second half as the visitors came from behind to win 3-2. The coach praised the young midfield but warned that the defence must improve before Saturday.
        In 1815 a volcano in Indonesia erupted so violently that the following year became known as the year without a summer. Harvests failed across Europe and prices of grain doubled.
        The committee recommends that the programme be extended to rural schools. Teachers should receive training before the autumn, and progress should be measured twice a year.
        Invoice 20394, ACME Tools Ltd, 14 March 2023. 3 drills at 89.00, 10 saw blades at 7.50. Total 342.00 EUR, due within 30 days. Contact: billing@acme.example, +49 30 555 0199.
        Water boils at a lower temperature at high altitude because the air pressure is lower. That is why cooking pasta takes longer in the mountains.
        Mara opened the door and the cold came in like a guest nobody had invited. On the step stood a boy with a letter in his hand, and behind him the whole street was dark.
        The new policy allows employees to work from home three days a week. Managers may ask for more presence during the first six months. Equipment is paid for by the company.
        Police have arrested a 34-year-old man in connection with a series of burglaries in the north of the city. Witnesses had seen a white van near several of the houses.
        The device must not be used near water. Disconnect it before cleaning. If the red light flashes, hold the button for five seconds and call the service line.
        Patient reports headache for three days, worse in the morning, no fever. Takes ibuprofen 400 mg. Blood pressure 150/95. History of migraine. Advised rest and a follow-up in one week.
        Coral reefs cover less than one percent of the sea floor but are home to a quarter of all marine species. Warming water drives out the algae that feed them.
        """#

    static let sentences = """
        The meeting has been moved to Thursday.
        I would like a table for two by the window.
        Where is the nearest pharmacy?
        She has been working here since she was nineteen.
        Please do not feed the animals.
        I miss you more every day.
        The package was damaged when it arrived.
        He don't know nothing about it.
        we was going to the store yesterday when it rain
        Life is what you make of it.
        Our team deliver high quality solution for costumers.
        I am writing to inform you that your contract will end in June.
        The quick change of plans surprised everyone.
        Could you tell me how to get to the station?
        Me and him has been friends since long time.
        """

    static let languages = """
        french
        spanish
        german
        italian
        portuguese
        chinese
        japanese
        korean
        russian
        arabic
        hindi
        turkish
        dutch
        polish
        swedish
        greek
        vietnamese
        latin
        hebrew
        persian
        english
        ukrainian
        """

    static let programmingLanguages = """
        python
        javascript
        java
        c++
        c#
        typescript
        rust
        go
        sql
        php
        ruby
        swift
        kotlin
        bash
        html
        css
        r
        matlab
        powershell
        lua
        """

    static let tools = """
        react
        pandas
        django
        docker
        kubernetes
        git
        npm
        postgres
        unity
        numpy
        flask
        spring boot
        tensorflow
        pytorch
        excel vba
        google sheets
        node.js
        mongodb
        aws lambda
        android studio
        vue
        selenium
        arduino
        nginx
        ubuntu
        wordpress
        laravel
        fastapi
        redis
        terraform
        matplotlib
        tailwind
        discord.py
        opencv
        jenkins
        next.js
        """

    static let programmingTasks = """
        reverses a string
        reads a csv file and prints the average of a column
        sorts a list of dictionaries by a key
        checks if a number is prime
        downloads all images from a web page
        removes duplicates from an array
        connects to a database and inserts a row
        sends an email with an attachment
        finds the longest word in a sentence
        validates an email address
        counts how often each word occurs
        renames all files in a folder
        calls a rest api and parses the json
        shows a login form
        implements binary search
        draws a rectangle that moves with the arrow keys
        merges two sorted lists
        converts celsius to fahrenheit
        plays a sound when a button is clicked
        scrapes product prices
        returns the nth fibonacci number
        generates a random password
        backs up a directory every night
        splits a list into chunks of a given size
        finds the sum of the common divisors of two numbers
        checks whether a linked list has a cycle
        """

    static let snippets = #"""
        for i in range(10):\n    print(i)\nif x = 3:\n    break
        const [items, setItems] = useState([]);\nuseEffect(() => {\n  fetch('/api/items').then(r => r.json()).then(setItems);\n});
        SELECT name, COUNT(*) FROM orders GROUP BY customer_id;
        public class Main {\n  public static void main(String[] args) {\n    int x = "5";\n    System.out.println(x);\n  }\n}
        def add(a, b):\n    """Return the sum."""\n    return a - b
        int *p = malloc(10);\nfor (int i = 0; i <= 10; i++) p[i] = i;\nfree(p);
        <div class="box">\n  <p>Hello</p>\n</div>\n.box { display: flex; }
        import pandas as pd\ndf = pd.read_csv('a.csv')\nprint(df.groupby('city').mean())
        function foo(a) {\n  return a.map(x => x * 2).filter(Boolean);\n}
        fn main() {\n    let s = String::from("a");\n    let t = s;\n    println!("{}", s);\n}
        #include <iostream>\nusing namespace std;\nint main() { cout << "hi" << endl; return 0; }
        docker run -p 8080:80 -v $(pwd):/app my-image
        class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)
        var app = express();\napp.get('/', (req, res) => res.send('ok'));\napp.listen(3000);
        """#

    static let faults = """
        TypeError: 'NoneType' object is not subscriptable
        undefined is not a function
        NullPointerException at Main.java:14
        segmentation fault (core dumped)
        ModuleNotFoundError: No module named 'requests'
        error: expected ';' before '}' token
        CORS policy: No 'Access-Control-Allow-Origin' header
        fatal: not a git repository
        IndexError: list index out of range
        npm ERR! code ERESOLVE
        error TS2345: Argument of type 'string' is not assignable
        ORA-00942: table or view does not exist
        Permission denied (publickey)
        KeyError: 'id'
        """

    static let personas = """
        linux terminal
        job interviewer
        travel guide
        stand-up comedian
        strict drill sergeant
        psychologist
        life coach
        pirate captain
        medieval king
        sarcastic teenager
        chess player
        english teacher
        personal trainer
        dungeon master
        doctor
        lawyer
        debate coach
        astrologer
        salesman
        detective
        vampire
        time traveller from 1850
        historian
        chef
        wise old wizard
        financial advisor
        movie critic
        customer who complains
        motivational speaker
        spoken english partner
        ai from the future
        relationship coach
        gardener
        real estate agent
        storyteller
        javascript console
        recruiter
        midjourney prompt generator
        philosopher
        poet
        security expert
        girlfriend
        """

    static let people = """
        albert einstein
        sherlock holmes
        a grumpy cat
        my grandmother
        cleopatra
        a space marine
        the last elf
        gandalf
        a tavern keeper
        the captain of a starship
        a french waiter
        shakespeare
        a ghost
        napoleon
        my boss
        batman
        an alien ambassador
        a noir private eye
        socrates
        a cyberpunk hacker
        """

    static let heroes = """
        a girl who can talk to birds
        an old sailor
        two brothers
        a princess who hates dresses
        naruto and hinata
        a boy and his robot
        spider-man
        a tired teacher
        harry and hermione
        a shy vampire
        the last human on mars
        a cat and a mouse
        a young witch
        an office worker who finds a magic stapler
        goku and vegeta
        a woman who wakes up as a giant
        three friends lost in the woods
        a blind painter
        sonic
        a retired spy
        """

    static let genres = """
        fantasy
        horror
        science fiction
        romance
        comedy
        mystery
        thriller
        bedtime
        dystopian
        western
        gothic
        superhero
        """

    static let reviews = """
        The food was cold and the waiter rude. Never again.
        Absolutely love this blender, best purchase of the year!
        It's okay, nothing special, but it does the job.
        Two hours of my life I will never get back.
        Arrived on time, fits perfectly, my daughter is happy.
        The plot makes no sense but the music is wonderful.
        Battery died after a week and support ignored me.
        A quiet, moving film with a great performance by the lead.
        I can't log in since the last update, fix it please
        Great value for the money. Would buy again.
        Shares of the airline fell 6% after it cut its forecast.
        The goalkeeper saved two penalties in the final.
        """

    static let places = """
        france
        japan
        brazil
        canada
        egypt
        australia
        india
        texas
        mongolia
        peru
        kenya
        italy
        germany
        norway
        """

    static let numbers = """
        12
        45
        7
        360
        18
        2500
        96
        150
        32
        81
        14
        640
        """
}
